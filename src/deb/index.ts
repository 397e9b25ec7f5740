export { type ControlFields, controlField, parseControl } from './control.ts'
export {
  type DebFileName,
  isDebFileName,
  type PackageName,
  parseDebFileName,
  parsePackageName,
} from './name.ts'
export {
  type Alternatives,
  alternativesText,
  meansVersion,
  parseRelations,
  RELATION_FIELDS,
  type Relation,
  type RelationField,
  relationText,
  type VersionOperator,
} from './relation.ts'
export { compareVersions, type DebVersion, isVersion, parseVersion } from './version.ts'
