/** Every code that this package throws: what it means, and what to do. */
export const PROMQL_ERRORS = {
  bad_query:
    "The PromQL text is not valid. The message names line and column and what was expected there; mend the expression.",
  query_failed:
    "The expression is valid but has no answer over this data, such as two series that match one. The message says which; add labels to `by`, `on` or the selectors.",
  query_timeout: "The query took longer than its time limit. Ask for a shorter range, a longer step or fewer series.",
  query_cancelled: "Whoever asked the query has gone, or cancelled it. Nothing is to be done.",
  query_too_large:
    "The query would hold more samples than the limit allows. Select fewer series, a shorter range or a longer step, or raise the limit.",
  tier_cannot_answer:
    "The function needs raw samples, and for this range only coarser points are kept. Choose a newer or shorter range, or a function that the points can answer.",
  bad_script:
    "A test script or rule unit test has a mistake. The message says what is wrong with the line; mend the script.",
  out_of_order:
    "A test script loads a sample that is older than one of the same series already there. Write `clear` before it, or give the samples in order.",
  script_not_found:
    "There is no test script or directory at the path. Check the path; it is relative to the working directory.",
} as const;
