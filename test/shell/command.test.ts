import { describe, expect, test } from 'vitest'
import {
  isCommand,
  join,
  render,
  Secret,
  sh,
  shellLine,
  show,
  UsageError,
  words,
} from '../../src/shell/index.ts'

const text = (command: Parameters<typeof render>[0]) => render(command).text

describe('sh', () => {
  test('a value is one word', () => {
    expect(text(sh`git -C ${'/srv/my app'} fetch ${'-x; id'}`)).toBe("git -C '/srv/my app' fetch '-x; id'")
    expect(text(sh`sleep ${3}`)).toBe('sleep 3')
  })
  test('an array is several words, an empty one none', () => {
    expect(text(sh`rm -- ${['a b', 'c', 4]}`)).toBe("rm -- 'a b' c 4")
    expect(text(sh`ls ${[]}`)).toBe('ls ')
  })
  test('a command is spliced in as it is', () => {
    expect(text(sh`cd ${'/x'} && ${sh`echo ${'a b'}`}`)).toBe("cd /x && echo 'a b'")
  })
  test('what is typed reaches the shell as typed', () => {
    expect(text(sh`printf 'a\n' \(x\) "\$HOME" \`id\` \${HOME}`)).toBe(
      `printf 'a\\n' \\(x\\) "\\$HOME" \`id\` \${HOME}`,
    )
  })
  test('NUL is refused', () => {
    expect(() => sh`echo ${'\0'}`).toThrow(UsageError)
  })
  test('what is no word is refused, and never left out', () => {
    const unchecked = sh as (text: unknown, ...values: readonly unknown[]) => unknown
    const made = (value: unknown) => () => unchecked`rm -r ${'/srv'}/${value}`
    expect(made(undefined)).toThrow(`\${} number 2 of "rm -r \${}/\${}" is or holds undefined`)
    for (const value of [null, {}, ['a', undefined], Symbol('a'), () => 'a'])
      expect(made(value)).toThrow(TypeError)
    expect(made([])).not.toThrow()
    for (const text of ['id', undefined, null, ['id']])
      expect(() => unchecked(text)).toThrow('a command is a template, run`…`')
  })
})

describe('a secret in a command', () => {
  const secret = new Secret('hunter2')

  test('is a variable in the text, and its value beside it', () => {
    const { text, secrets } = render(sh`curl -u ${secret} ${['x', secret]} ${new Secret('other')}`)
    expect(text).toBe(`curl -u "\${gachette_secret_1}" x "\${gachette_secret_1}" "\${gachette_secret_2}"`)
    expect([...secrets].map(([name, { reveal }]) => [name, typeof reveal])).toEqual([
      ['gachette_secret_1', 'function'],
      ['gachette_secret_2', 'function'],
    ])
    expect([...secrets.values()].map((each) => each.reveal())).toEqual(['hunter2', 'other'])
  })
  test('is shown as ***, however it is printed', () => {
    expect(show(sh`login ${secret} ${sh`and ${secret}`}`)).toBe('login *** and ***')
    expect(`${secret} ${JSON.stringify({ secret })} ${JSON.stringify(sh`x ${secret}`)}`).not.toContain(
      'hunter2',
    )
  })
})

test('join puts text between commands', () => {
  expect(text(join([sh`a`, sh`b ${'c d'}`, sh`e`], ' && '))).toBe("a && b 'c d' && e")
  expect(text(join([], '\n'))).toBe('')
})
test('words carries each argument literally', () => {
  expect(text(words(['echo', '-n', '$x', 1]))).toBe("echo -n '$x' 1")
})
test('a command knows itself, and nothing else is one', () => {
  expect([sh`a`, shellLine('a')].map(isCommand)).toEqual([true, true])
  expect([null, undefined, 'a', {}, { kind: 'command' }, []].map(isCommand)).toEqual(Array(6).fill(false))
})
