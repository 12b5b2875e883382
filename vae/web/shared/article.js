// A digit as a noun: "a 3", "an 8". The same as `with_article` of vae/ui/text.py.
export const withArticle = (digit) => `${digit === 8 ? "an" : "a"} ${digit}`;
