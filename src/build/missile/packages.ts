import { isVersion } from '../../deb/index.ts'
import { TaskError } from '../../shell/index.ts'
import type { BuildRequest } from '../builder.ts'
import { CONTROLLER } from './bases.ts'
import type { Configuration, DebianScripts, Environment, Service, StaticFolder } from './configuration.ts'
import { controlText } from './control.ts'
import { type Duty, type Member, maintainerScripts, OURS, withoutCompiled } from './maintainer-scripts.ts'
import { debianName, HOME } from './paths.ts'
import { configurationFile, type Render } from './rendering.ts'
import { type TextFile, units } from './units.ts'
import { absolute, codePath, fileVariables, serviceVariables } from './variables.ts'

/** One package to be made, complete but for what only the build machine can know. */
export interface PackagePlan {
  readonly kind: 'service' | 'environment' | 'application' | 'configuration' | 'static_files'
  /** As Debian knows it. */
  readonly name: string
  readonly version: string
  readonly control: string
  readonly members: readonly Member[]
  /** Placed after everything else was made, in this order. */
  readonly files: readonly TextFile[]
  readonly links: readonly { readonly path: string; readonly target: string }[]
  readonly content: Content
}

/** What the build machine makes of the project's tree. */
export type Content =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'environment'; readonly environment: Environment; readonly path: string }
  | {
      readonly kind: 'main'
      /** Without the leading `/`; '' for a configuration, which has no code. */
      readonly code: string
      readonly excludes: readonly string[]
      readonly gitVersion: TextFile
      readonly steps: readonly string[]
      /** Index of the package whose virtualenv is active in the steps. */
      readonly environment: number | undefined
    }
  | {
      readonly kind: 'static'
      /** Index of the package whose files are copied. */
      readonly main: number
      /** Where that one's files begin, without the leading `/`; '' is the root. */
      readonly code: string
      /** Folder of the copies in the package, without the leading `/`. */
      readonly to: string
      readonly folders: readonly StaticFolder[]
    }

/** The packages of one configuration in missile.md's order; `first` is the index of the first of them in the build. */
export function packagesOf(
  configuration: Configuration,
  { request, render, first }: { request: BuildRequest; render: Render; first: number },
): readonly PackagePlan[] {
  const { services, environment, type, fullName } = configuration
  const { versions } = request
  const isUpstream = request.compat === 'upstream'
  const nameOf = (name: string): string => debianName(name, isUpstream)
  const mainAt = first + services.length + (environment ? 1 : 0)
  const depends = (name: string, version: string): string =>
    `${nameOf(name)} (${isUpstream ? '>=' : '='} ${version})`
  const plan = (
    parts: Pick<PackagePlan, 'kind' | 'version' | 'content'> & {
      readonly fullName: string
      readonly scripts: DebianScripts
      readonly depends?: readonly string[]
      readonly files?: readonly TextFile[]
      readonly links?: PackagePlan['links']
      readonly members?: readonly Member[]
      readonly duty?: Duty
      /** Folder on the host that Python may compile into. */
      readonly compiledInto?: string
      readonly summary: string
    },
  ): PackagePlan => {
    const name = nameOf(parts.fullName)
    if (!isVersion(parts.version)) throw new TaskError(`${name}: ${parts.version} is no version dpkg accepts`)
    const upstart: Duty = { kind: 'upstart', package: name }
    const duty = parts.duty ?? (request.init === 'upstart' ? upstart : { kind: 'none' })
    return {
      kind: parts.kind,
      name,
      version: parts.version,
      control: controlText(
        {
          name,
          version: parts.version,
          depends: [...(parts.depends ?? []), ...(isUpstream ? ['python (>= 2.7.3)'] : [])],
          summary: parts.summary,
        },
        request,
      ),
      members: [
        ...(parts.members ?? []).filter(({ name }) => !OURS.includes(name)),
        ...maintainerScripts(parts.scripts, duty, parts.compiledInto && withoutCompiled(parts.compiledInto)),
      ],
      files: parts.files ?? [],
      links: parts.links ?? [],
      content: parts.content,
    }
  }
  const mainDepends =
    type === 'application' && environment ? [depends(environment.fullName, versions.env)] : []
  return [
    ...services.map((service) =>
      plan({
        kind: 'service',
        fullName: service.fullName,
        version: versions.service,
        depends: [depends(fullName, versions.app)],
        scripts: service.scripts,
        summary: `${service.fullName}, service of ${fullName}`,
        content: { kind: 'nothing' },
        ...serviceFiles(configuration, service, request, render),
      }),
    ),
    ...(environment
      ? [
          plan({
            kind: 'environment',
            fullName: environment.fullName,
            version: versions.env,
            scripts: environment.scripts,
            summary: `${environment.fullName}, python environment of ${fullName}`,
            compiledInto: `${HOME}/${environment.fullName}/env`,
            content: {
              kind: 'environment',
              environment,
              path: `${HOME.slice(1)}/${environment.fullName}/env`,
            },
          }),
        ]
      : []),
    plan({
      kind: type,
      fullName,
      version: versions.app,
      depends: mainDepends,
      ...(type === 'application' && environment ? { compiledInto: codePath(configuration) } : {}),
      scripts: configuration.scripts,
      summary: `${fullName}, ${type === 'application' ? 'application' : 'settings'}`,
      content: {
        kind: 'main',
        code: codePath(configuration).slice(1),
        excludes: type === 'application' ? configuration.excludeFolders : [],
        gitVersion: gitVersion(configuration, request),
        steps: configuration.buildAssets,
        environment: type === 'application' && environment ? mainAt - 1 : undefined,
      },
      ...mainFiles(configuration, render),
    }),
    ...configuration.staticFiles.map((files) =>
      plan({
        kind: 'static_files',
        fullName: files.fullName,
        version: versions.static,
        scripts: files.scripts,
        summary: `${files.fullName}, static files of ${fullName}`,
        content: {
          kind: 'static',
          main: mainAt,
          code: codePath(configuration).slice(1),
          to: type === 'application' ? `${HOME.slice(1)}/${files.fullName}/static` : '',
          folders: files.folders,
        },
      }),
    ),
  ]
}

function mainFiles(configuration: Configuration, render: Render): { files: TextFile[]; members: Member[] } {
  const variables = fileVariables(configuration)
  const files: TextFile[] = []
  const members: Member[] = []
  for (const file of configuration.extraFiles) {
    const text = render(file.template, variables)
    if (file.type === 'debian') members.push({ name: file.fullName, text: `${text}\n`, mode: 0o775 })
    else files.push({ path: absolute(file).slice(1), text, isExecutable: file.isExecutable })
  }
  if (configuration.type === 'configuration')
    files.push({
      path: `etc/trebuchet/${configuration.fullName}.conf`,
      text: configurationFile(variables),
      isExecutable: false,
    })
  return { files, members }
}

function serviceFiles(
  configuration: Configuration,
  service: Service,
  request: BuildRequest,
  render: Render,
): { files: readonly TextFile[]; links?: PackagePlan['links']; duty?: Duty } {
  if (request.init === 'systemd') {
    const { files, link, controller } = units(service)
    return { files, links: [link], duty: { kind: 'systemd', controller } }
  }
  const variables = serviceVariables(configuration, service)
  const job = (name: string, template: string): TextFile => ({
    path: `etc/init/${name}.conf`,
    text: renderAs(service, () => render(template, variables)),
    isExecutable: false,
  })
  const name = `dh_${service.fullName}`
  return { files: [job(name, service.binary.template), job(`${name}_controller`, CONTROLLER)] }
}

/** The template worked as a program; that it does not as a service must be told from that. */
function renderAs({ fullName }: Service, work: () => string): string {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof TaskError)) throw error
    throw new TaskError(
      `service ${fullName}, which upstart gets from the template of its binary: ${error.message}`,
    )
  }
}

/** Two configurations could not be installed together if both had theirs in the root, as they had of old. */
function gitVersion({ type, fullName }: Configuration, { source, compat }: BuildRequest): TextFile {
  const folder =
    type === 'application'
      ? `${HOME.slice(1)}/${fullName}/code/`
      : compat === 'upstream'
        ? ''
        : `${HOME.slice(1)}/${fullName}/`
  return { path: `${folder}GIT_VERSION`, text: `${source.commit.slice(0, 7)}\n`, isExecutable: false }
}
