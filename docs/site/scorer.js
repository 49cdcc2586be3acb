// Whoever searches wants the notebooks first, then the guides, and at last the reference of the helpers.
// `var`: what Sphinx adds after it declares the name again.
var Scorer = {
  score: ([docname, , , , score]) => score + (/^week/.test(docname) ? 100 : /^reference/.test(docname) ? -100 : 0),
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};
