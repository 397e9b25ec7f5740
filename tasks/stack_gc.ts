import { collectGarbage, defineTask, garbageText, parseStore, storeParams } from 'gachette'

export const stack_gc = defineTask({
  summary: 'Remove what no stack, channel, host or build refers to any more',
  params: {
    keep: {
      type: 'number',
      default: 10,
      summary: 'generations of each stack to keep beyond its current one',
    },
    older_than: { type: 'number', default: 1, summary: 'days something must be out of use' },
    forget_builds: {
      type: 'number',
      default: 0,
      summary: 'days after which a build is forgotten that no stack has; 0: never',
    },
    dry_run: { type: 'boolean', summary: 'only say what would go' },
    meta_path: storeParams.meta_path,
  },
  run: (
    context,
    {
      keep,
      older_than: olderThanDays,
      forget_builds: forgetBuildsDays,
      dry_run: rehearse,
      meta_path: metaPath,
    },
  ) =>
    context.ask(
      collectGarbage(parseStore({ metaPath }), { keep, olderThanDays, forgetBuildsDays, rehearse }),
      { title: 'collect the garbage of the store' },
    ),
  answer: garbageText,
})
