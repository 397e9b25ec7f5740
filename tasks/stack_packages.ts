import { defineTask, listPackages, packagesText, storeParams } from 'gachette'

export const stack_packages = defineTask({
  summary: 'List the packages of the store, and their versions',
  params: {
    pattern: {
      type: 'string',
      optional: true,
      completes: 'package',
      summary: 'a name; * and ? stand for any',
    },
    ...storeParams,
  },
  run: (context, { pattern, meta_path: metaPath, domain }) =>
    listPackages(context, { metaPath, domain, ...(pattern !== undefined && { pattern }) }),
  answer: packagesText,
})
