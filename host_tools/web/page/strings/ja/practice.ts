// SPDX-License-Identifier: MIT
// practice, in Japanese: calls to practise.
import type { PracticeTexts } from "../parts";

export const PRACTICE: PracticeTexts = {
  practiceSound: "着信音",
  practiceStart: "電話応対を練習する",
  practiceEnd: "練習を終える",
  practiceSay: {
    waiting: "練習の準備をしています。",
    ring: "電話が鳴っています。",
    talk: "お客様とつながりました。",
    hold: "保留中です。",
    back: "保留を解除しました。",
    work: "通話が終わりました。",
    between: "メモは、もうありません。",
    over: "練習が終わりました。",
  },
  practiceSub: {
    waiting: "",
    ring: "応答して、応対を始めます。",
    talk: "名前・電話番号・用件を、パッドに書きます。",
    hold: "確認している間も、メモは残ります。",
    back: "内容を復唱し、お客様が切ってから切ります。",
    work: "パッドの残り時間を見ながら、応対履歴に入力します。",
    between: "次の着信を待ちます。",
    over: "本番でも、消去はパッドに任せられます。カード番号は書かないでください。",
  },
  practiceGo: {
    waiting: "準備中…",
    ring: "応答する",
    talk: "保留にする",
    hold: "保留を解除する",
    back: "通話を終える",
    work: "後処理を終える",
    between: "次の着信を待つ",
    over: "もう一度練習する",
  },
  practiceTasks: {
    written: "用件をパッドに書く",
    held: "保留の間もメモを残す",
    worked: "後処理で履歴に入力する",
    gone: "メモが消えたことを確かめる",
  },
  practiceThanks: "「お待ちしていました。よろしくお願いします。」",
  callers: [
    "「山田と申します。請求書の件で、17時30分に折り返しをお願いできますか。電話番号は090-0123-4567です。」",
    "「佐藤です。届いた商品の色が注文と違うので、交換をお願いします。番号は090-0222-3344です。」",
    "「鈴木と申します。住所の変更をお願いします。明日の10時以降に、090-0555-1212へお電話ください。」",
  ],
  practiceCall: (call, calls) => `練習 ${call}件目（全${calls}件）`,
  practiceLeft: (text, seconds) => `${text}（あと${seconds}秒）`,
};
