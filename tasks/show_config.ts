import { defineTask } from 'gachette'

export const show_config = defineTask({
  summary: 'Show the settings that hold here, and the place each was read at',
  hosts: 'none',
  run: ({ setting }) => setting.all?.() ?? [],
  answer: (settings) => {
    const width = Math.max(...settings.map(({ key }) => key.length))
    return settings
      .map(({ key, value, source }) => `${key.padEnd(width)}  ${textOf(value)}  (${source})`)
      .join('\n')
  },
})

/** As one line of YAML: JSON is YAML, and plain words need no quotes. */
function textOf(value: unknown): string {
  if (value === null) return '-'
  return typeof value === 'string' && /^[\w@%+,./~-][\w@%+:,./~ -]*$/.test(value)
    ? value
    : JSON.stringify(value)
}
