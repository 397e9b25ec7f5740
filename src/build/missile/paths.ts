import type { ExtraFileType } from './configuration.ts'

/** Where everything of trebuchet's family lives on the host. */
export const HOME = '/opt/trebuchet'

/** Whether a word can be (part of) a package's name and one part of a path. */
export const isName = (word: string): boolean => /^[A-Za-z0-9_.+-]+$/.test(word) && !/^\.{1,2}$/.test(word)

/** `dh-` + name, `_` → `-`. Capitals, which Debian forbids, become small unless the old behaviour is asked for. */
export function debianName(fullName: string, keepCapitals: boolean): string {
  const name = `dh-${fullName.replaceAll('_', '-')}`
  return keepCapitals ? name : name.toLowerCase()
}

/** Whether a relative path stays below where it starts, and can stand in a line of a script's output. */
export const isInside = (path: string): boolean =>
  path !== '' &&
  !path.startsWith('/') &&
  !/[\u0000-\u001f\u007f]/.test(path) &&
  !path.split('/').includes('..')

/** A folder as written in a missile (`assets/css/`, `/assets`, `.`) relative to the code; undefined where it leads out. */
export function folderPath(written: string): string | undefined {
  const parts = written.split('/').filter((part) => part !== '' && part !== '.')
  return parts.length === 0 || isInside(parts.join('/')) ? parts.join('/') : undefined
}

/** Where an extra file goes, as templates see it (missile.md §4). */
export function extraFilePath(
  type: ExtraFileType,
  name: string,
  target: { readonly folder: string; readonly extension: string; readonly fileName: string | undefined },
): string {
  switch (type) {
    case 'binary':
      return `opt/trebuchet/bin/${name}`
    case 'nginx':
      return `etc/nginx/sites-available/${name}.conf`
    case 'product':
      return `etc/trebuchet/${name}.conf`
    case 'newrelic_config':
      return `etc/trebuchet/newrelic/${name}.ini`
    case 'upstart':
      return `etc/init/${name}.conf`
    case 'debian':
      return `DEBIAN/${name}`
    case 'custom': {
      const fileName = target.fileName ?? `${name}${target.extension}`
      return target.folder === '' || target.folder.endsWith('/')
        ? `${target.folder}${fileName}`
        : `${target.folder}/${fileName}`
    }
  }
}
