export { compare, compareText, isEqual, isTrue } from './compare.ts'
export { repr, str, typeName } from './text.ts'
export {
  Callable,
  Dict,
  Float,
  int,
  isList,
  isNumber,
  itemsOf,
  Moment,
  NamedTuple,
  numeric,
  PythonError,
  present,
  Thing,
  Tuple,
  Undefined,
  type Value,
} from './values.ts'
