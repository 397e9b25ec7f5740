import { defineTask, parseStore, searchStacks, searchText, soughtOf, storeParams } from 'gachette'

export const stack_search = defineTask({
  summary: 'Find the stacks that hold a package, a version, a commit or a digest, or that a host has',
  params: {
    package: { type: 'string', optional: true, summary: 'a package, or a pattern:  dh-*' },
    version: { type: 'string', optional: true, summary: 'a version, or a pattern:  1.4*' },
    commit: {
      type: 'string',
      optional: true,
      summary: 'a commit; what was built of a later one holds it too',
    },
    digest: { type: 'string', optional: true, summary: 'the sha256 of a .deb, or the digest of a stack' },
    host: { type: 'string', optional: true, summary: 'a host, or a pattern:  web*' },
    project: { type: 'string', optional: true, summary: 'with commit: only what was built of this project' },
    ...storeParams,
    work_path: { type: 'string', setting: 'work_path', summary: 'folder with the mirrors on the host' },
  },
  run: (context, { meta_path: metaPath, domain, work_path: workPath, ...wish }) =>
    context.ask(searchStacks(parseStore({ metaPath, domain }), soughtOf({ ...wish, workPath })), {
      title: 'search the stacks',
    }),
  answer: searchText,
})
