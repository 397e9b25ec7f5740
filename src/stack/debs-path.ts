/**
 * The debs_path that goes with a META named in a call: settings that mean no more than the pool of their own META mean
 * the pool of this one.
 */
export function debsPathFor(metaPath: string, debsPath: string, setting: (name: string) => unknown): string {
  const pool = `${String(setting('meta_path'))}/debs`
  const isUsual = debsPath === pool && setting('debs_path') === pool
  return isUsual ? `${metaPath.replace(/\/+$/, '')}/debs` : debsPath
}
