import { TaskError } from '../shell/index.ts'

/** The fields of one control file in their order: name as written → value, its further lines joined by newlines. */
export type ControlFields = Readonly<Record<string, string>>

/**
 * Reads one stanza of control fields as `dpkg-deb -f` prints it (deb822(5)). Of a value's further lines the first space
 * is dropped. Throws a TaskError where it is none.
 */
export function parseControl(text: string): ControlFields {
  const fields = new Map<string, string>()
  let last: string | undefined
  for (const line of text.replace(/\s+$/, '').split('\n')) {
    const field = /^([!-9;-~]+):[ \t]*(.*?)[ \t]*$/.exec(line)
    const [, name, value] = field ?? []
    if (/^[ \t]/.test(line) && last !== undefined) {
      fields.set(last, `${fields.get(last)}\n${line.slice(1)}`)
    } else if (name !== undefined && value !== undefined && !/^[#-]/.test(name)) {
      if (fields.has(name)) throw new TaskError(`the control file has the field ${name} twice`)
      fields.set(name, value)
      last = name
    } else {
      throw new TaskError(
        `the control file has a line that is no field: ${JSON.stringify(line.slice(0, 80))}`,
      )
    }
  }
  return Object.freeze(Object.fromEntries(fields))
}

/** A field's value, whatever the case of its name; undefined where there is none. */
export function controlField(fields: ControlFields, name: string): string | undefined {
  const wanted = name.toLowerCase()
  return Object.entries(fields).find(([field]) => field.toLowerCase() === wanted)?.[1]
}
