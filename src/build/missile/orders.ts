import { type Command, join, sh, show } from '../../shell/index.ts'
import type { BuildRequest } from '../builder.ts'
import type { ArchiveFile } from './archive.ts'
import { NETRC, PYTHON, RELOCATE } from './machine/python.ts'
import { SBOM, SBOM_FUNCTIONS } from './machine/sbom.ts'
import { STATIC } from './machine/static.ts'
import { TREE } from './machine/tree.ts'
import type { Content, PackagePlan } from './packages.ts'
import { findWords, keepRule, upstreamRule } from './patterns.ts'

/** Everything the build machine is sent: two scripts, and the files they speak of, by names of ours. */
export function orders(plans: readonly PackagePlan[], request: BuildRequest): readonly ArchiveFile[] {
  const stash = new Stash()
  const project = folderOf(request.missilePath)
  const copying = join(
    plans.flatMap((plan, at) =>
      plan.content.kind === 'main' && plan.content.code !== ''
        ? [
            sh`copy_code ${at} ${plan.content.code} ${project} ${request.compat === 'upstream' ? 'with-git' : ''}`,
          ]
        : [],
    ),
    '\n',
  )
  const needsProject = plans.some(({ content }) => content.kind === 'environment')
  // Static files come from finished code, whose steps need the environment: main packages and their environments first.
  const order = plans
    .map((plan, at) => ({ plan, at }))
    .sort((a, b) => RANK[a.plan.content.kind] - RANK[b.plan.content.kind] || a.at - b.at)
  const building = join(
    order.map(({ plan, at }) => packageOrders(plan, at, { stash, request })),
    '\n',
  )
  return [
    ...stash.files,
    { path: 'functions.sh', text: [TREE, PYTHON, SBOM_FUNCTIONS, STATIC].join('\n'), mode: 0o644 },
    { path: 'relocate.py', text: RELOCATE, mode: 0o644 },
    { path: 'netrc.py', text: NETRC, mode: 0o644 },
    { path: 'sbom.py', text: SBOM, mode: 0o644 },
    {
      path: 'copy.sh',
      text: shellText(sh`. "$plan/functions.sh"
${needsProject ? sh`copy_project ${project}` : sh`:`}
${copying}
:`),
      mode: 0o644,
    },
    // Last, so that an archive cut short is not carried out.
    {
      path: 'build.sh',
      text: shellText(sh`. "$plan/functions.sh"
${building}
${plans.length > 1 ? sh`shared` : sh`:`}
:`),
      mode: 0o644,
    },
  ]
}

/** The project is the folder that holds the missile, `.` at the top of the working copy. */
export const folderOf = (missilePath: string): string => missilePath.split('/').slice(0, -1).join('/') || '.'

const RANK = { environment: 0, main: 1, static: 2, nothing: 3 } as const

/** Files of the plan, named `f1`, `f2`, … */
class Stash {
  readonly files: ArchiveFile[] = []

  add(text: string, mode = 0o644): string {
    const path = `f${this.files.length + 1}`
    this.files.push({ path, text, mode })
    return path
  }
}

interface Surroundings {
  readonly stash: Stash
  readonly request: BuildRequest
}

function packageOrders(plan: PackagePlan, at: number, { stash, request }: Surroundings): Command {
  stash.files.push(
    { path: `d${at}/control`, text: plan.control, mode: 0o644 },
    ...plan.members.map(({ name, text, mode }) => ({ path: `d${at}/${name}`, text, mode })),
  )
  const isNative = plan.content.kind === 'environment'
  return join(
    [
      sh`begin ${at} ${plan.name}
depends= arch=${isNative ? sh`$(dpkg --print-architecture)` : sh`all`}`,
      ...contentOrders(plan.content, at, { stash, request }),
      ...(isNative ? [sh`sbom ${plan.name} ${plan.version}`] : []),
      ...plan.files.map(
        ({ path, text, isExecutable }) =>
          sh`place ${stash.add(text)} ${isExecutable ? '0755' : '0644'} ${path}`,
      ),
      ...plan.links.map(({ path, target }) => sh`link ${target} ${path}`),
      sh`pack ${at} ${plan.name} ${plan.version}`,
    ],
    '\n',
  )
}

function contentOrders(content: Content, at: number, { stash, request }: Surroundings): readonly Command[] {
  switch (content.kind) {
    case 'nothing':
      return []
    case 'environment':
      return [
        sh`environment ${at} ${content.environment.binary ?? ''}`,
        ...content.environment.requirements.map(
          (file) => sh`requirements ${file} ${request.pipOptions.length > 0 ? request.pipOptions : sh``}`,
        ),
        ...steps(content.environment.steps, sh`"$environment" "$environment"`, stash),
        sh`finish_environment ${content.path}`,
      ]
    case 'main':
      return [
        ...content.excludes.map((pattern) => sh`exclude ${content.code} ${pattern.replace(/^\/+/, '')}`),
        sh`place ${stash.add(content.gitVersion.text)} 0644 ${content.gitVersion.path}`,
        ...steps(
          content.steps,
          sh`"$tree/"${content.code} ${content.environment === undefined ? sh`''` : sh`"$work/e/"${content.environment}/env`}`,
          stash,
        ),
      ]
    case 'static':
      return content.folders.flatMap((folder) => {
        const code = sh`"$trees/"${content.main}${content.code === '' ? sh`` : sh`/${content.code}`}`
        const to = [content.to, folder.path].filter((part) => part !== '').join('/')
        const [better, old] = [keepRule(folder), upstreamRule(folder)].map((rule) =>
          stash.add(findWords(rule)),
        )
        if (!better || !old) return []
        const source = sh`${code} ${folder.path}`
        return request.compat === 'upstream'
          ? [sh`static_files ${source} ${to} ${old}`]
          : [sh`static_files ${source} ${to} ${better}`, sh`differs ${source} ${better} ${old}`]
      })
  }
}

const steps = (texts: readonly string[], where: Command, stash: Stash): readonly Command[] =>
  texts.map((text, at) => sh`step ${stash.add(`${text}\n`)} ${at + 1} ${texts.length} ${where}`)

/** These commands hold no secrets. */
const shellText = (command: Command): string => show(command)
