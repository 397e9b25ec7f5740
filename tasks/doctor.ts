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
    const purpose = purposeOf(setting)
    const folders = purpose.builds
      ? [...new Set(['work_path', 'meta_path'].map((name) => String(setting(name))))]
      : []
    const hosts = (await setting.hosts?.()) ?? []
    const found = await Promise.all([
      examineHere(local),
      ...hosts.map((host) => examined(context, host, { purpose, folders })),
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
  { purpose, folders }: { readonly purpose: Purpose; readonly folders: readonly string[] },
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

/** What the hosts are for: where there are projects, packages are built on them. */
function purposeOf(setting: TaskContext['setting']): Purpose {
  const projects = Object.values(setting('projects') ?? {}) as readonly { readonly builder?: string }[]
  const builders = [setting('builder'), ...projects.map(({ builder }) => builder)]
  const [program] = (setting('trebuchet_bin') as readonly string[] | undefined) ?? []
  return {
    builds: projects.length > 0,
    trebuchet: builders.includes('trebuchet') ? (program ?? 'trebuchet') : undefined,
  }
}
