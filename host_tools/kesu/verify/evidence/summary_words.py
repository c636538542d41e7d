"""summary_words: what the summary for auditors says, in Japanese and English.

A test compares the keys of both languages, and those of events, resources and steps with the verification's own.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from kesu.verify.evidence import words

LANGUAGES = ("ja", "en")

EVENTS = {
    "en": words.EVENTS,
    "ja": {
        "E1": "WIPEキー",
        "E2": "終話",
        "E3": "無操作",
        "E4": "最長保持時間",
        "E5": "離席（キー、通話連携）",
        "E6": "PCのロック",
        "E7": "通話連携の切断",
        "E8": "PCのスリープ、電源断",
        "E9": "ケーブルの取り外し",
        "E10": "パッドの故障",
        "E11": "ウォッチドッグ",
        "E12": "リセット",
        "E13": "電源投入",
    },
}

RESOURCES = {
    "en": words.RESOURCES,
    "ja": {
        "R1": "メモ用バッファー",
        "R2": "RAMのほかの部分",
        "R3": "USBとバスのバッファー",
        "R4": "リセット後も残るレジスター",
        "R5": "RAMとして使うキャッシュ",
        "R6": "フラッシュメモリー",
        "R7": "表示メモリー",
        "R8": "画面",
        "R9": "タッチチップ",
        "R10": "PCから見えるもの",
    },
}

STEPS = {
    "en": {
        "R1 zero": "R1: note buffers are zero",
        "R7 both planes blank": "R7: no picture in the panel's image memory (from R1 on)",
        "R2-R5, R9 clean": "R2 to R5, R9: nothing left (from R1 on)",
        "ink no longer legible": "the note can no longer be read on the glass",
        "R8 glass clean": "R8: no residual image on the glass",
        "pad accepts ink again": "the pad accepts ink again",
    },
    "ja": {
        "R1 zero": "R1：メモ用バッファーがゼロ",
        "R7 both planes blank": "R7：表示メモリーに画像なし（R1から）",
        "R2-R5, R9 clean": "R2〜R5、R9：残りなし（R1から）",
        "ink no longer legible": "画面のメモが読めない",
        "R8 glass clean": "R8：画面に残像なし",
        "pad accepts ink again": "再び記入可能",
    },
}

VERDICTS = {
    "en": words.VERDICTS,
    "ja": {
        "HOLDS": "試したすべての消去のきっかけの後、パッドのどこからもメモは検出されませんでした。",
        "BROKEN": "不合格の検査があります。このイメージによる消去に頼らないでください。",
        "INCOMPLETE": "検証の一部が未実施です。下に挙げた項目だけを検査しました。",
    },
}

HOLDS_ON_A_RIG = {
    "en": words.HOLDS_ON_A_RIG,
    "ja": "試したすべての消去のきっかけの後、テストリグで読み出せるメモリーからメモは検出されませんでした。",
}

IN_WORDS = {
    "en": {"HOLDS": "", "BROKEN": "", "INCOMPLETE": ""},
    "ja": {"HOLDS": "（合格）", "BROKEN": "（不合格）", "INCOMPLETE": "（未完了）"},
}
"""Written after the verdict."""

TARGETS = {
    "en": words.TARGETS,
    "ja": {
        "EMULATED": "仮想パッドによる検証です。実機と同じファームウェアイメージをエミュレーターで動かし、"
        "パネル、タッチチップ、キー、PCは模擬部品です。実機では測定していません。",
        "HARDWARE": "テストリグにつないだ実機による検証です。パネル、タッチチップ、キー、ケーブルは"
        "リグが模擬しました。表示面は確認していません。",
    },
}

LIMITS = {
    "en": words.LIMITS,
    "ja": (
        "通話中にケースを開けられると、RP2040のRAMは読み出せます（RUNとBOOTSEL、またはデバッグ端子）。保証は、消去のきっかけから始まります。",
        "バックアップ用コンデンサがない場合、電源断の後は、次に電源が入るまで画面にメモが残ります。",
        "画面の撮影と、オペレーターの記憶は、パッドでは防げません。",
        "8バイトより短い断片は、RAM全体では偶然の一致と区別できません。そのため、断片を持ちうるバッファーがすべてゼロであることを確かめ、"
        "2回の実行を1バイトずつ比較します。",
        "カード番号の記入は禁止です。消去は、カード業界の基準で監査されたデータ消去ではありません。",
    ),
}

EMULATION_LIMITS = {
    "en": words.EMULATION_LIMITS,
    "ja": (
        "画面の残像は、波形ごとの残留を推定した模擬部品による値です（docs/hardware-facts.md）。",
        "エミュレーターの対象外：2つ目のコア（使用しない）、BOOTSELモード、フラッシュキャッシュの時間。"
        "Pico 2では、イメージの実行前にブートROMが使う時間とRAM。",
    ),
}

PICTURES = {
    "en": {"glass-before": "The glass with a note", "glass-after": "The glass after the wipe"},
    "ja": {"glass-before": "消去前の画面", "glass-after": "消去後の画面"},
}

TEXTS = {
    "en": {
        "title": "Verification of a memo pad's image: summary",
        "tool": "Kesu 消す, `kesu evidence print`",
        "image": "Image",
        "hash": "SHA-256 of the image",
        "policy": "Checksum of the policy",
        "run": "Run",
        "run_of": "{started}, profile {profile}, seed {seed}, {scenarios} scenarios",
        "tried": "What was tried",
        "check": "Check",
        "result": "Result",
        "verdict": "Verdict",
        "matrix": "Each wipe event against each place. The note was found before the event, and searched for after it",
        "matrix_of": "{held} of {all} checks",
        "pairs": "Pairs of runs with different notes, compared byte for byte",
        "pairs_of": "{held} of {all} pairs; {bytes} bytes compared, {open} differ",
        "walks": "Random use, with every byte of ink traced through each instruction",
        "walks_of": "{held} of {all} walks",
        "mutants": "Firmware with a leak built in on purpose: the checks must notice it",
        "mutants_of": "{held} of {all} leaks noticed; of {of} drawn by the seed, {noticed}",
        "findings": "Structure of the image: no code that stores or sends a note",
        "findings_of": "{held} of {all} rules",
        "faults": "Power cuts, broken parts, a hostile PC, days of calls",
        "faults_of": "{held} of {all} faults",
        "not_run": "none in this run",
        "times": "Times, from the event on",
        "step": "Step",
        "slowest": "Slowest",
        "bound": "Bound",
        "never": "never",
        "grid": "Wipe events (rows) against places (columns)",
        "holds": "holds",
        "BROKEN": "BROKEN",
        "not run": "not run",
        "reasons": "What does not hold, or is missing",
        "more": "And {count} more, in report.html.",
        "pictures": "The pad's glass in this run",
        "limits": "What this does not show",
        "again": "How to check this summary",
        "again_folder": "The whole folder: `kesu evidence check FOLDER`. "
        "It has all rows (report.html) and this sum of SHA256SUMS:",
        "again_run": "The run: `{command}`",
        "signed": "Signed: {comment}",
        "has_signature": "A signature is there; by whom was not checked.",
        "unsigned": "The folder is not signed.",
        "fields": "Pad and test",
        "pad": "Pad (asset tag)",
        "place": "Place",
        "tester": "Tester",
        "date": "Date",
        "signature": "Signature",
    },
    "ja": {
        "title": "メモパッドのイメージの検証：要約",
        "tool": "Kesu 消す、`kesu evidence print`",
        "image": "イメージ",
        "hash": "イメージのSHA-256ハッシュ値",
        "policy": "動作設定のチェックサム",
        "run": "検証の実行",
        "run_of": "{started}、種類{profile}、乱数の種{seed}、{scenarios}通り",
        "tried": "検査の内容",
        "check": "検査",
        "result": "結果",
        "verdict": "判定",
        "matrix": "消去のきっかけと検査箇所のすべての組み合わせ。消去前にメモを検出し、消去後に検索",
        "matrix_of": "{all}項目中{held}項目が合格",
        "pairs": "メモだけが異なる2回の実行を、1バイトずつ比較",
        "pairs_of": "{all}組中{held}組が合格。{bytes}バイトを比較し、差異は{open}バイト",
        "walks": "ランダムな操作。筆跡に由来する全バイトを、命令ごとに追跡",
        "walks_of": "{all}回中{held}回が合格",
        "mutants": "検証用の漏えい版ファームウェア。検査が検出できることの確認",
        "mutants_of": "{all}種類中{held}種類を検出。乱数で作った{of}種類では{noticed}種類",
        "findings": "イメージの構造。メモを保存または送信するプログラムがないこと",
        "findings_of": "{all}項目中{held}項目が合格",
        "faults": "電源断、部品の故障、悪意のあるPC、数日分の通話",
        "faults_of": "{all}件中{held}件が合格",
        "not_run": "この検証ではなし",
        "times": "消去のきっかけからの時間",
        "step": "段階",
        "slowest": "最も遅い値",
        "bound": "上限",
        "never": "到達せず",
        "grid": "消去のきっかけ（行）と検査箇所（列）",
        "holds": "合格",
        "BROKEN": "不合格",
        "not run": "未実施",
        "reasons": "不合格または未実施の項目（英語）",
        "more": "ほか{count}件（report.htmlに記載）",
        "pictures": "この検証での画面",
        "limits": "この検証では示せないこと",
        "again": "この要約の確認方法",
        "again_folder": "証跡フォルダー全体：`kesu evidence check FOLDER`。"
        "全項目（report.html）と、次のSHA256SUMSのハッシュ値があります。",
        "again_run": "検証の再実行：`{command}`",
        "signed": "署名：{comment}",
        "has_signature": "署名があります。署名者は確認していません。",
        "unsigned": "署名はありません。",
        "fields": "パッドと検証",
        "pad": "パッド（管理ラベル）",
        "place": "場所",
        "tester": "検証者",
        "date": "日付",
        "signature": "署名",
    },
}
