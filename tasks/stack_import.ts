import { calledAs, defineTask, importedText, importStack, trustPolicy } from 'gachette'

export const stack_import = defineTask({
  summary: 'Put a bundle into the store: a frozen stack with its packages and signatures',
  params: {
    file: { type: 'string', summary: 'the bundle, a file of this machine' },
    meta_path: { type: 'string', setting: 'meta_path', summary: 'folder of the store on the host' },
    channels: { type: 'boolean', summary: 'let the channel it was exported by lead to it, too' },
  },
  run: (context, { file, meta_path: metaPath, channels }) =>
    importStack(context, context.local, {
      file,
      metaPath,
      channels,
      policy: trustPolicy(context.setting),
      typed: calledAs(context),
    }),
  answer: importedText,
})
