/* Calls the macro with each condition, its opposite and its number. */
  .macro each_condition macro
  \macro  eq, ne, 0
  \macro  ne, eq, 1
  \macro  cs, cc, 2
  \macro  cc, cs, 3
  \macro  mi, pl, 4
  \macro  pl, mi, 5
  \macro  vs, vc, 6
  \macro  vc, vs, 7
  \macro  hi, ls, 8
  \macro  ls, hi, 9
  \macro  ge, lt, 10
  \macro  lt, ge, 11
  \macro  gt, le, 12
  \macro  le, gt, 13
  .endm
