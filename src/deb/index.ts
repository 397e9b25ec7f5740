export { type ControlFields, controlField, parseControl } from './control.ts'
export {
  type DebFileName,
  isDebFileName,
  type PackageName,
  parseDebFileName,
  parsePackageName,
} from './name.ts'
export { compareVersions, type DebVersion, isVersion, parseVersion } from './version.ts'
