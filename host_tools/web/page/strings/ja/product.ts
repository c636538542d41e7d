// SPDX-License-Identifier: MIT
// product, in Japanese: what the pad is and for whom, how it is checked, what it does not do.
import type { ProductTexts } from "../parts";

export const PRODUCT: ProductTexts = {
  navLabel: "ページ内の移動",
  navWho: "使う人",
  navProof: "検証",
  navDocs: "資料",
  language: "言語",
  theme: "表示テーマを切り替え",
  headline1: "通話が終わると、",
  headline2: "自分で消えるメモパッド。",
  lead: "電話を受けながら、名前や用件を手書き。終話・離席・PCロックのどれでも、画面からもメモリーからも2秒以内に消えます。",
  runsHere:
    "実機に書き込むファームウェアが、このページの中のエミュレーターで動いています。書いた内容は保存も送信もされません。",
  whoTitle: "現場から監査まで",
  whoOperators: "オペレーター",
  whoOperatorsText: "紙のように書いて、電話に集中できます。消し忘れの心配はありません。",
  whoTrainers: "SV・研修担当",
  whoTrainersText:
    "終話後の消去、離席時の消去、支払い中の記入禁止。人が守ってきた席のルールを、パッドが受け持ちます。",
  whoIt: "情報システム担当",
  whoItText:
    "無線なし、ストレージなし、追加のドライバーなし。PCへ伝えるのは3つの状態だけで、メモの内容は1バイトも出ません。",
  whoAudit: "監査・検査担当",
  whoAuditText: "すべての検証を1つのコマンドで再実行できます。結果は、第三者が確認できる証跡として残ります。",
  proofTitle: "消えたことを、確かめられる",
  factCells: "3,480 / 3,480",
  factCellsTitle: "見つけてから、確かめる",
  factCellsText:
    "消去のきっかけ13種と調べる場所10か所を、タイミングを変えて検証。先に見つけたメモが、消去後はどこにもありません。",
  factPairs: "75 / 75",
  factPairsTitle: "何を書いても、消去後は同じ",
  factPairsText:
    "違うメモを書いた2台を、消去後に1バイトずつ比較。75組で、書いた内容による差はありませんでした。",
  factLeaks: "106 / 106",
  factLeaksTitle: "漏れがあれば検出する",
  factLeaksText:
    "検証用にメモを漏らすように変えたファームウェアを106種類用意。検証はそのすべてを検出しました。",
  factsFrom:
    "エミュレーターによる4.2型（Pico）の結果です（2026年12月2日）。2.9型の消去は5秒以内です。実機での測定はこれからです。",
  limitsTitle: "できないこと",
  limit1: "カード番号を書くためのものではありません。消えるとしても、記入は禁止です。",
  limit2: "メモがある間の撮影やのぞき見は防げません。",
  limit3: "通話中にケースを開けられると、メモリーを読み取られるおそれがあります。",
  limit4: "バックアップ用コンデンサがない場合、USBを抜くと、次に通電するまで画面にメモが残ります。",
  docsTitle: "資料",
  docCard: "使い方カード（A5、印刷用）",
  docScreens: "画面の見かた",
  docTrainers: "席でのルールと15分研修",
  docFaq: "よくある質問",
  docIt: "IT導入ガイド",
  docAgent: "連携エージェントとソフトフォン",
  docTesters: "検証ガイド",
  docAll: "すべての資料",
  about3:
    "実際のお客様の情報は書かないでください。検索のため、このタブは筆跡の控えを持ちます。控えは再読み込みか削除で消えます。",
};
