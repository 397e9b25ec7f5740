import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** A file of a commit: its text, or what it is; null removes it. */
export type Content = string | Uint8Array | { readonly executable: string } | { readonly link: string } | null

/** A real git repository in a folder of the test's, written to by real git. */
export interface Repository {
  readonly dir: string
  /** Writes files and commits them; answers the full hash. Each commit is a minute later than the one before. */
  commit(files: Readonly<Record<string, Content>>, message?: string): string
  /** git in the repository; answers what it prints, trimmed. */
  git(...args: readonly string[]): string
}

/** Settings of nobody: what is on the machine that tests must not change them. */
export const GIT_ENV = {
  ...process.env,
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_AUTHOR_NAME: 'test',
  GIT_AUTHOR_EMAIL: 'test@example.com',
  GIT_COMMITTER_NAME: 'test',
  GIT_COMMITTER_EMAIL: 'test@example.com',
}

/** Makes a repository with the branch `main`. */
export function makeRepository(dir: string, ...init: readonly string[]): Repository {
  mkdirSync(dir, { recursive: true })
  let minutes = 0
  const git = (...args: readonly string[]): string =>
    execFileSync('git', ['-C', dir, '-c', 'protocol.file.allow=always', ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...GIT_ENV,
        GIT_AUTHOR_DATE: `${1_700_000_000 + 60 * minutes} +0200`,
        GIT_COMMITTER_DATE: `${1_700_000_000 + 60 * minutes} +0200`,
      },
    }).trim()
  git('init', '-q', '-b', 'main', ...init)
  return {
    dir,
    git,
    commit(files, message = 'a commit') {
      const entries = Object.entries(files)
      for (const [path, content] of entries) write(join(dir, path), content)
      minutes++
      git('add', '-A')
      git('commit', '-q', '--allow-empty', '-m', message)
      return git('rev-parse', 'HEAD')
    },
  }
}

function write(path: string, content: Content): void {
  rmSync(path, { recursive: true, force: true })
  if (content === null) return
  mkdirSync(dirname(path), { recursive: true })
  if (typeof content === 'string' || content instanceof Uint8Array) writeFileSync(path, content)
  else if ('link' in content) symlinkSync(content.link, path)
  else {
    writeFileSync(path, content.executable)
    chmodSync(path, 0o755)
  }
}
