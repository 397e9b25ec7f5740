import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, lchownSync, mkdirSync, symlinkSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { shellWords } from '../../src/config/index.ts'
import { quote } from '../../src/shell/index.ts'
import { settingsFolder } from '../support/settings-folder.ts'

const asRoot = it.skipIf(process.geteuid?.() !== 0)
const STRANGER = 54_321

describe('a settings file', () => {
  asRoot('is refused when a stranger owns it, or the link to it', async () => {
    const folder = settingsFolder({ '.gachetterc': 'user: a', '../other': 'user: b', 'sub/x': '' })
    const what = `it belongs to user ${STRANGER}, who is neither you nor root\nchown it, if it is to decide what runs as you`
    symlinkSync('../../other', join(folder.cwd, 'sub/.gachetterc'))
    lchownSync(join(folder.cwd, 'sub/.gachetterc'), STRANGER, STRANGER)
    expect(await folder.refusal({ configFile: 'sub/.gachetterc' })).toBe(`sub/.gachetterc: ${what}`)
    chownSync(join(folder.cwd, '.gachetterc'), STRANGER, STRANGER)
    symlinkSync('.gachetterc', join(folder.cwd, 'mine'))
    expect(await folder.refusal({ configFile: 'mine' })).toBe(`mine: ${what}`)
    expect(await folder.refusal()).toBe(`.gachetterc: ${what}`)
  })

  asRoot(
    'is accepted when it is root who owns it and me who reads it, and refused when I may not',
    async () => {
      const folder = settingsFolder({ '.gachetterc': 'user: a' })
      chownSync(folder.home, STRANGER, STRANGER)
      const asStranger = async <T>(act: () => Promise<T>): Promise<T> => {
        process.seteuid?.(STRANGER)
        try {
          return await act()
        } finally {
          process.seteuid?.(0)
        }
      }
      expect(await asStranger(() => folder.refusal())).toBe('.gachetterc: it may not be read')
      execFileSync('chmod', ['644', join(folder.cwd, '.gachetterc')])
      expect((await asStranger(() => folder.load())).settings.user).toBe('a')
    },
  )

  it('is read in a worker thread too', async () => {
    const folder = settingsFolder({ '.gachetterc': 'user: a' })
    const door = join(import.meta.dirname, '../../src/config/index.ts')
    const program = `
      const { parentPort, workerData } = require('node:worker_threads')
      const jiti = require('jiti').createJiti(workerData.door, { fsCache: false })
      jiti.import(workerData.door).then(({ loadSettings }) => loadSettings(workerData.where)).then(
        ({ settings }) => parentPort.postMessage(settings.user),
        (error) => parentPort.postMessage(String(error)),
      )`
    const where = { cwd: folder.cwd, home: folder.home, env: {} }
    const worker = new Worker(program, { eval: true, workerData: { door, where } })
    const [said] = await once(worker, 'message')
    await worker.terminate()
    expect(said).toBe('a')
  })

  it('is refused when it is huge, without being read', async () => {
    const folder = settingsFolder({ '.gachetterc': '' })
    truncateSync(join(folder.cwd, '.gachetterc'), 2 ** 35)
    expect(await folder.refusal()).toBe('.gachetterc: it is larger than 256 KiB, which no settings are')
  })

  it('is refused when it is a pipe, without waiting for a writer', async () => {
    const folder = settingsFolder()
    execFileSync('mkfifo', ['-m', '600', join(folder.cwd, '.gachetterc')])
    expect(await folder.refusal()).toBe('.gachetterc: this is no ordinary file')
    expect(await folder.refusal({ configFile: '.gachetterc' })).toBe('.gachetterc: this is no ordinary file')
    const other = settingsFolder()
    mkdirSync(join(other.cwd, '.gachetterc'))
    expect(await other.refusal()).toBe('.gachetterc: this is a folder')
  })
})

describe('words of a text', () => {
  it('are those a real shell makes of it', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        ' ',
        '\t',
        'a',
        "'",
        '"',
        '\\',
        '\\\\',
        '\\"',
        "\\'",
        '\\ ',
        "'x y'",
        '"x y"',
        '""',
        "''",
        '-o=1',
      ),
      fc.stringMatching(/^[\w.:,+@%/=é-]{1,5}$/u),
    )
    const lines = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(''))
    fc.assert(
      fc.property(fc.array(lines, { minLength: 60, maxLength: 60 }), (texts) => {
        // One shell for all of them; a text with an open quote ends its own eval only.
        const good = texts.filter((text) => shellWords(text) !== undefined)
        const program = good
          .map((text) => `eval "set -- "${quote(text)}; printf '%s\\0' "$#" "$@"`)
          .join('\n')
        const said = execFileSync('sh', ['-c', program], { encoding: 'utf8' }).split('\0')
        for (const text of good) {
          const count = Number(said.shift())
          expect(shellWords(text), text).toEqual(said.splice(0, count))
        }
      }),
      { numRuns: 20 },
    )
  })

  it('are none when a quote or a backslash is left open, as a shell sees it', () => {
    for (const text of ["'a", '"a', 'a "b\\"', "a 'b\\'c'"]) {
      expect(shellWords(text), text).toBeUndefined()
      expect(
        () => execFileSync('sh', ['-c', `eval ${quote(`: ${text}`)}`], { stdio: 'ignore' }),
        text,
      ).toThrow()
    }
  })
})
