// How the results of a search are ordered: explanations before cards and tables of numbers.
var Scorer = {
  score: ([place, title, anchor, description, score]) =>
    /^(data_cards|leaderboards|changelog|check-tables)/.test(place) ? score / 10 : score,
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};
