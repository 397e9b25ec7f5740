import { describe, expect, test } from 'vitest'
import { allOf, type Query, render, script, sh, TaskError } from '../../src/shell/index.ts'

const answering = (name: string): Query<string> => ({
  command: sh`echo ${name}`,
  parse: (stdout) => `${name}:${stdout}`,
  assumed: `${name}?`,
  failed: ({ exitCode, stdout }) =>
    exitCode === 3 ? new TaskError(`${name} failed with ${stdout}`) : undefined,
})

test('a script is whole or nothing: its last line is the call', () => {
  expect(render(script(sh`rm -rf ${'/srv/app/old'}`)).text).toBe(
    'main() {\nrm -rf /srv/app/old\n}\nmain "$@"',
  )
})

describe('several questions at once', () => {
  const both = allOf([answering('a'), answering('b')], 'MARK')

  test('are one script, each in a subshell, up to the first that fails', () => {
    expect(render(both.command).text).toBe(`main() {
(
echo a
)
gachette_status=$?
[ "$gachette_status" -eq 0 ] || exit "$gachette_status"
printf '\\n%s\\n' MARK
(
echo b
)
gachette_status=$?
[ "$gachette_status" -eq 0 ] || exit "$gachette_status"
}
main "$@"`)
  })
  test('get each its own stdout, untrimmed', () => {
    expect(both.parse('1\n\n\nMARK\n2')).toEqual(['a:1\n\n', 'b:2'])
  })
  test('with fewer answers than questions are a failure, never a guess', () => {
    expect(() => both.parse('1\n')).toThrow(TaskError)
    expect(() => both.parse('1\nMARK\n2\nMARK\n3')).toThrow(TaskError)
  })
  test('are judged by the one that failed', () => {
    const failed = (stdout: string, exitCode = 3) => both.failed?.({ exitCode, stdout, stderr: '' })?.message
    expect(failed('1')).toBe('a failed with 1')
    expect(failed('1\nMARK\n2')).toBe('b failed with 2')
    expect(failed('1\nMARK\n2', 4)).toBeUndefined()
  })
  test('are assumed one by one', () => {
    expect(both.assumed).toEqual(['a?', 'b?'])
  })
})
