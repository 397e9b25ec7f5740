import {
  type Diagnosis,
  defineTask,
  diagnosisLines,
  examine,
  examineHere,
  type Host,
  type Purpose,
  type TaskContext,
  TaskError,
  UnreachableError,
} from 'gachette'

export const doctor = defineTask({
  summary: 'Say what is missing here and on the hosts, and the line that mends it',
  hosts: 'none',
  async run(context) {
    const { setting, local, log } = context
    const hosts = (await setting.hosts?.()) ?? []
    const builders = await builderNames(setting)
    const found = await Promise.all([
      examineHere(local),
      ...hosts.map((host) => examined(context, host, purposeOf(setting, builders.includes(host.name)))),
    ])
    for (const line of found.flatMap(diagnosisLines)) log(line)
    if (hosts.length === 0) log('no host was looked at: name some with -H or -R, or set  hosts')
    const lacking = found.filter(({ findings }) => findings.some(({ state }) => state === 'missing'))
    if (lacking.length > 0)
      throw new TaskError(`something is missing: ${lacking.map((each) => each.host).join(', ')}`, {
        hint: 'each ✗ above has the line that mends it',
      })
    return { v: 1, found }
  },
})

/** A host that cannot be reached is a finding, too. */
async function examined(
  { on }: TaskContext,
  host: Host,
  { folders, ...purpose }: Purpose & { readonly folders: readonly string[] },
): Promise<Diagnosis> {
  try {
    return await examine(on(host), purpose, folders)
  } catch (error) {
    if (!(error instanceof UnreachableError)) throw error
    const { message, hint } = error
    const mend = hint === undefined ? {} : { mend: hint }
    return { host: host.name, system: '', findings: [{ state: 'missing', text: message, ...mend }] }
  }
}

/** The hosts that packages are built and kept on: those of the settings that are not chosen for a run. */
async function builderNames(setting: TaskContext['setting']): Promise<readonly string[]> {
  const projects = Object.values(setting('projects') ?? {}) as readonly {
    readonly hosts?: readonly string[]
  }[]
  const usual = (setting('hosts') ?? []) as readonly string[]
  const store = setting('store_host')
  const named = [
    ...usual,
    ...projects.flatMap(({ hosts = [] }) => hosts),
    ...(store === undefined ? [] : [String(store)]),
  ]
  const hosts = named.length === 0 ? [] : await setting.hosts?.(named)
  return (hosts ?? []).map(({ name }) => name)
}

/** What a host is for: packages are built where the settings say so, if there are projects; others get stacks. */
function purposeOf(
  setting: TaskContext['setting'],
  isBuilder: boolean,
): Purpose & { readonly folders: readonly string[] } {
  const projects = Object.values(setting('projects') ?? {}) as readonly { readonly builder?: string }[]
  if (!isBuilder || projects.length === 0)
    return { builds: false, takes: !isBuilder, trebuchet: undefined, folders: [] }
  const builders = [setting('builder'), ...projects.map(({ builder }) => builder)]
  const [program] = (setting('trebuchet_bin') as readonly string[] | undefined) ?? []
  return {
    builds: true,
    trebuchet: builders.includes('trebuchet') ? (program ?? 'trebuchet') : undefined,
    folders: [...new Set(['work_path', 'meta_path'].map((name) => String(setting(name))))],
  }
}
