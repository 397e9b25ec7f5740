import type { Configuration, ExtraFile, Service } from './configuration.ts'
import { globals, isCallable } from './jinja/index.ts'
import { HOME } from './paths.ts'
import { Callable, Dict, isList, str, type Value } from './python/index.ts'

/** What a template may use, in the order `context()` gives it. */
export type Variables = ReadonlyMap<string, Value>

export const BASE_SHELL = 'base_shell.sh'
export const BASE_SERVICE = 'upstart/base-service.conf'

/** Where the code lies: the code folder of an application, the root for a configuration. */
export const codePath = ({ type, fullName }: Configuration): string =>
  type === 'configuration' ? '/' : `${HOME}/${fullName}/code`

/** Where the environment lies that the package uses; '' when it uses none, as no configuration does. */
export const environmentPath = ({ type, environment }: Configuration): string =>
  type === 'configuration' || !environment ? '' : `${HOME}/${environment.fullName}/env`

/** What the extra files of an application or configuration see: the table of missile.md §5. */
export function fileVariables(configuration: Configuration): Variables {
  const { name, fullName, type, keys } = configuration
  const applications = keys.get('applications')
  const visible = new Dict()
  for (const [key, value] of keys.entries())
    if (!UNSEEN.some((unseen) => unseen === key)) visible.set(key, value)
  visible.set('name', name)
  visible.set('full_name', fullName)
  if (applications instanceof Dict) for (const [key, value] of applications.entries()) visible.set(key, value)
  visible.set('extra_files', extraFileMapping(configuration))
  const code = codePath(configuration)
  return withFunctions(
    new Map<string, Value>([
      ...visible.entries().map(([key, value]) => [str(key), copy(value)] as const),
      ['options', flatten(visible)],
      ['base_template', BASE_SHELL],
      ['app_code', code],
      ['app_env', environmentPath(configuration)],
      ['is_python', type === 'application' && configuration.environment !== undefined],
      ['pyfiles_path', code],
    ]),
  )
}

/** What the template of a service's binary sees when it becomes the service. */
export function serviceVariables(configuration: Configuration, service: Service): Variables {
  const { fullName, environment, type } = configuration
  const needs = type === 'application' && environment ? [fullName, environment.fullName] : [fullName]
  const job = `dh_${service.fullName}`
  return withFunctions(
    new Map<string, Value>([
      ['name', service.binary.fullName],
      ['full_name', job],
      ['base_template', BASE_SERVICE],
      ['app_code', codePath(configuration)],
      ['app_env', environmentPath(configuration)],
      ['executable', absolute(service.binary)],
      ['package', service.fullName],
      ['upstart_worker', job],
      ['env_var', copy(service.variables)],
      ['dependencies', needs],
    ]),
  )
}

/** Where an extra file lies on the host. */
export const absolute = ({ path }: ExtraFile): string => `/${path.replace(/^\/+/, '')}`

/** Keys whose shell text is not the templates' business. */
const UNSEEN = ['exclude_folders', 'build_assets', 'debian_scripts']

function extraFileMapping({ type, fullName, extraFiles }: Configuration): Dict {
  const mapping = new Dict()
  for (const file of extraFiles) mapping.set(file.type === 'custom' ? file.name : file.fullName, file.path)
  if (type === 'configuration') mapping.set(fullName, `etc/trebuchet/${fullName}.conf`)
  return mapping
}

/** One flat mapping, nested keys joined with `_`; lists are left alone. */
function flatten(dict: Dict, prefix = '', flat = new Dict()): Dict {
  for (const [key, value] of dict.entries()) {
    const name = `${prefix}${str(key)}`
    if (value instanceof Dict) flatten(value, `${name}_`, flat)
    else flat.set(name, copy(value))
  }
  return flat
}

function withFunctions(variables: Map<string, Value>): Variables {
  const all = new Map<string, Value>([
    ...variables,
    ['callable', new Callable('callable', ([value]) => value !== undefined && isCallable(value))],
  ])
  all.set('context', new Callable('context', () => Dict.of([...globals, ...all])))
  return all
}

/** Templates may change lists and mappings; the next one shall not see it. */
function copy(value: Value): Value {
  if (value instanceof Dict) return Dict.of(value.entries().map(([key, each]) => [key, copy(each)]))
  return isList(value) ? value.map(copy) : value
}
