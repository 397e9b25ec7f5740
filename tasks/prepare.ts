import { defineTask, WorkingCopy } from 'gachette'

export const prepare = defineTask({
  summary: 'Bring a working copy of a project to a branch, tag or commit',
  params: {
    name: { type: 'string', summary: 'the project; its working copy is work_path/working_copy/NAME' },
    url: { type: 'string', setting: 'projects.<name>.url', summary: 'its git repository' },
    ref: {
      type: 'string',
      optional: true,
      summary: "branch, tag, sha or origin/branch; the remote's default branch",
    },
    work_path: { type: 'string', setting: 'work_path', summary: 'folder for working copies and mirrors' },
  },
  async run(context, { name, url, ref, work_path: workPath }) {
    const copy = new WorkingCopy(context, { name, workPath })
    const { commit } = await copy.prepare({ url, ...(ref === undefined ? {} : { ref }) })
    return commit
  },
})
