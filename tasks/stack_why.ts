import { calledAs, defineTask, packageWhy, storeParams, whyText } from 'gachette'

export const stack_why = defineTask({
  summary: 'Say why a package is what it is: commit, build, and who pinned it where',
  params: {
    name: { type: 'string', completes: 'package', summary: 'the package' },
    stack: {
      type: 'string',
      completes: 'stack',
      optional: true,
      summary: 'the stack whose version is meant; else the highest there is',
    },
    version: { type: 'string', optional: true, summary: 'the version that is meant, instead of a stack' },
    ...storeParams,
  },
  run: (context, { name, stack, version, meta_path: metaPath, domain }) =>
    packageWhy(context, {
      ...{ name, metaPath, domain, typed: calledAs(context) },
      ...(stack !== undefined && { stack }),
      ...(version !== undefined && { version }),
    }),
  answer: whyText,
})
