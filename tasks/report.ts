import {
  calledAs,
  defineTask,
  reportPage,
  sh,
  stackReport,
  storeParams,
  trustPolicy,
  version,
} from 'gachette'

export const report = defineTask({
  summary:
    'Write one page about a stack, for a browser: what is in it, what changed, who signed, where it is',
  params: {
    stack: { type: 'string', completes: 'stack', summary: 'the stack, a channel, latest, or a range' },
    to: {
      type: 'file',
      optional: true,
      summary: 'the file to write here; STACK.html in the working directory',
    },
    against: {
      type: 'string',
      completes: 'stack',
      optional: true,
      summary: 'the stack to compare it with; the one before',
    },
    ...storeParams,
    work_path: { type: 'string', setting: 'work_path', summary: 'folder with the mirrors on the host' },
  },
  async run(context, { stack, to, against, meta_path: metaPath, domain, work_path: workPath }) {
    const { local, log, dryRun } = context
    const policy = trustPolicy(context.setting)
    const told = await stackReport(context, local, {
      metaPath,
      domain,
      workPath,
      name: stack,
      policy,
      typed: calledAs(context),
      by: `gachette ${version}`,
      ...(against !== undefined && { against }),
    })
    const file = to ?? `${told.name}.html`
    // The page appears whole, or not at all.
    await local.run(sh`cat >${file}.new && mv -f -- ${file}.new ${file}`, {
      stdin: reportPage(told),
      title: `write ${file}`,
    })
    if (!dryRun) log(`${file} tells of stack ${told.name}`)
    return { file, ...told }
  },
})
