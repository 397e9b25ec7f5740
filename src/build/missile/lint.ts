import {
  type Configuration,
  type DebianScripts,
  type Environment,
  EXTRA_FILE_TYPES,
  type ExtraFile,
  type ExtraFileType,
  type Service,
  type StaticFiles,
} from './configuration.ts'
import type { Fields } from './fields.ts'
import { OURS } from './maintainer-scripts.ts'
import { extraFilePath, folderPath, isInside, isName } from './paths.ts'
import { Dict, isTrue } from './python/index.ts'

/** Checks one configuration; what it returns may be built only while no problem was found. */
export function lint(fields: Fields): Configuration {
  const suffix = fields.optionalText('name_suffix') ?? ''
  const type = fields.text('type')
  if (type !== '' && type !== 'application' && type !== 'configuration')
    fields.problem('type', `type is application or configuration, not ${type}`)
  if (fields.dict.get('applications') === null)
    fields.problem('applications', 'applications must be a mapping of keys to values, not nothing')
  fields.mapping('applications')
  const extraFiles = lastOfEachName(fields.mappings('extra_files').map((file) => extraFile(file, suffix)))
  const name = fields.text('name')
  const fullName = packageName(fields, 'name', suffix)
  const excludeFolders = fields.texts('exclude_folders')
  excludeFolders.forEach((folder, at) => {
    if (!isInside(folder.replace(/^\/+/, '')))
      fields.problem('exclude_folders', `exclude_folders[${at}] leads out of the project`, at)
  })
  return {
    type: type === 'configuration' ? 'configuration' : 'application',
    name,
    fullName,
    keys: fields.dict,
    environment: environment(fields, suffix),
    extraFiles,
    services: fields.mappings('services').flatMap((each) => service(each, suffix, extraFiles)),
    staticFiles: fields.mappings('static_files').map((each) => staticFiles(each, suffix)),
    excludeFolders,
    buildAssets: fields.texts('build_assets'),
    scripts: debianScripts(fields),
  }
}

function packageName(fields: Fields, key: string, suffix: string): string {
  const name = fields.text(key)
  const full = name + suffix
  if (name !== '' && !isName(full))
    fields.problem(
      key,
      `${key}: ${JSON.stringify(full)} cannot be a package: letters, digits and _ . + - only`,
    )
  if (/[A-Z]/.test(full))
    fields.warn(key, `${key}: Debian wants package names in lower case; the package of ${full} gets them`)
  return full
}

function environment(fields: Fields, suffix: string): Environment | undefined {
  const own = fields.mapping('environment')
  if (!own) return undefined
  const type = own.text('type')
  if (type !== '' && type !== 'python')
    own.problem('type', `type: only python environments are known, not ${type}`)
  const binary = own.optionalText('binary')
  if (binary?.startsWith('-')) own.problem('binary', 'binary is the name or path of an interpreter')
  const requirements = own.texts('requirements')
  requirements.forEach((file, at) => {
    if (!isInside(file) || file.startsWith('-'))
      own.problem('requirements', `requirements[${at}] is no file of the project`, at)
  })
  return {
    fullName: packageName(own, 'name', suffix),
    binary: binary === '' ? undefined : binary,
    requirements,
    steps: own.texts('post_environment'),
    scripts: debianScripts(own),
  }
}

function extraFile(fields: Fields, suffix: string): ExtraFile {
  const name = fields.text('name')
  const type = fields.text('type')
  const template = fields.text('template')
  if (type !== '' && !isExtraFileType(type))
    fields.problem('type', `type is one of ${EXTRA_FILE_TYPES.join(', ')}, not ${type}`)
  const isCustom = type === 'custom'
  const target = {
    folder: (isCustom ? fields.text('target_path') : fields.dict.get('target_path')) ?? '',
    extension: isCustom ? (fields.optionalText('target_extension') ?? '') : '',
    fileName: isCustom ? fields.optionalText('target_filename') : undefined,
  }
  const known = isExtraFileType(type) ? type : 'binary'
  const fullName = name + suffix
  const path = extraFilePath(known, fullName, { ...target, folder: isCustom ? String(target.folder) : '' })
  const bare = path.replace(/^\//, '')
  if (name !== '' && (!isInside(bare) || bare.endsWith('/')))
    fields.problem('name', `${JSON.stringify(path)} leads out of the package or names no file`)
  if (known !== 'debian' && /^DEBIAN(\/|$)/i.test(bare))
    fields.problem('target_path', 'DEBIAN holds the control files of the package: use type: debian')
  if (known === 'debian' && !isName(fullName)) fields.problem('name', `${fullName} cannot be a control file`)
  if (known === 'debian' && OURS.includes(fullName))
    fields.warn('name', `${fullName} is made by the builder; this one is not used`)
  return {
    name,
    fullName,
    type: known,
    template,
    path,
    isExecutable:
      known === 'binary' || (isCustom && isTrue(fields.dict.get('target_is_executable') ?? false)),
  }
}

function service(fields: Fields, suffix: string, files: readonly ExtraFile[]): readonly Service[] {
  const binaryName = fields.text('binary_name')
  const binary = files.findLast((file) => file.name === binaryName)
  if (binaryName !== '' && !binary)
    fields.problem('binary_name', `binary_name: no extra file is called ${binaryName}`)
  const variables = fields.mapping('env_var')
  for (const key of variables?.dict.keys() ?? [])
    if (typeof key !== 'string' || !/^[A-Za-z0-9_]+$/.test(key))
      variables?.problem(undefined, `${String(key)} cannot be part of a variable's name`)
  const fullName = packageName(fields, 'name', suffix)
  const scripts = debianScripts(fields)
  return binary ? [{ fullName, binary, variables: variables?.dict ?? new Dict(), scripts }] : []
}

function staticFiles(fields: Fields, suffix: string): StaticFiles {
  const folders = fields.mappings('folders').flatMap((folder) => {
    const path = folderPath(folder.text('path'))
    const patterns = { includes: folder.textOrTexts('includes'), excludes: folder.textOrTexts('excludes') }
    for (const [key, value] of Object.entries(patterns))
      if ([value ?? []].flat().some((pattern) => /[\u0000-\u001f]/.test(pattern)))
        folder.problem(key, `${key} holds a control character`)
    if (path !== undefined) return [{ path, ...patterns }]
    folder.problem('path', 'path leads out of the project')
    return []
  })
  if (fields.mappings('folders').length === 0) fields.problem(undefined, 'folders is missing')
  folders.forEach(({ path }, at) => {
    const other = folders.findIndex(
      (each, index) => index !== at && `${path}/`.startsWith(each.path === '' ? '' : `${each.path}/`),
    )
    if (other >= 0)
      fields.problem('folders', `folders[${at}]: ${path || 'all of it'} lies inside folders[${other}]`, at)
  })
  return { fullName: packageName(fields, 'name', suffix), folders, scripts: debianScripts(fields) }
}

function debianScripts(fields: Fields): DebianScripts {
  const own = fields.mapping('debian_scripts')
  for (const key of own?.dict.keys() ?? [])
    if (key !== 'preinst' && key !== 'postinst' && key !== 'prerm')
      own?.warn(undefined, `${String(key)} is not read: only preinst, postinst and prerm are`)
  const lines = (key: string): readonly string[] => own?.texts(key) ?? []
  return { preinst: lines('preinst'), postinst: lines('postinst'), prerm: lines('prerm') }
}

const isExtraFileType = (type: string): type is ExtraFileType =>
  EXTRA_FILE_TYPES.some((known) => known === type)

/** Of two entries with one name the last wins (missile.md §4). */
const lastOfEachName = (files: readonly ExtraFile[]): readonly ExtraFile[] => [
  ...new Map(files.map((file) => [file.fullName, file])).values(),
]
