// site_search: Japanese for the site's search; docs/site_languages.py puts it in the place of lunr.ja.js.
// SPDX-License-Identifier: MIT
//
// Japanese has no spaces, and the segmenter that comes with MkDocs makes one word of 離席キー, so that 離席 does not
// find it. Here each run of Japanese characters is cut into pairs (離席, 席キ, キー), in the pages and in the query alike.
((lunr) => {
  const letters = "\u3005\u3006\u3041-\u3096\u30a1-\u30fa\u30fc\u3400-\u9fff";
  const run = new RegExp(`[${letters}]+|[\\w.]+`, "g");
  const japanese = new RegExp(`[${letters}]`);

  const pairs = (word) =>
    word.length < 3 ? [word] : Array.from({ length: word.length - 1 }, (_, at) => word.slice(at, at + 2));

  const cut = (token) => {
    const word = token.toString();
    if (!japanese.test(word)) return token;
    return (word.match(run) ?? []).flatMap((part) =>
      japanese.test(part)
        ? pairs(part).map((pair) => token.clone(() => pair))
        : [lunr.stemmer(token.clone(() => part))],
    );
  };

  lunr.Pipeline.registerFunction(cut, "pairs-ja");
  // lunr.multi.js takes these from each language, next to English.
  lunr.ja = { wordCharacters: letters, stemmer: cut };
})(self.lunr);
