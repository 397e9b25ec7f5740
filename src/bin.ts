#!/usr/bin/env node
import { homedir } from 'node:os'
import { quickAnswer } from './cli/quick.ts'
import type { Where } from './config/places.ts'

const { argv, env, stdin, stdout, stderr } = process
const words = argv.slice(2)
let outputFailed = false
for (const stream of [stdout, stderr]) stream.on('error', outputError)

const cwd = workingDirectory()
if (cwd === undefined) {
  stderr.write('the working directory is no more\n  cd to one that is there\n')
  process.exitCode = 2
} else {
  const where = { cwd, home: homedir(), env }
  const answered = quickAnswer(words, where)
  if (answered === undefined) await begin(where)
  else stdout.write(answered)
}

async function begin(where: Where): Promise<void> {
  if (words.length === 1 && (words[0] === '--version' || words[0] === '-V')) {
    stdout.write(`${(await import('./version.ts')).version}\n`)
    return
  }
  const { main } = await import('./cli/main.ts')
  const endNow = (exitCode: number) => process.exit(exitCode)
  const enter = (folder: string) => process.chdir(folder)
  const exitCode = await main(words, { ...where, stdin, stdout, stderr, signals: process, endNow, enter })
  process.exitCode = outputFailed && exitCode === 0 ? 1 : exitCode
  // What is still piped in keeps nobody waiting.
  if (!stdin.isTTY) stdin.destroy()
}

/** Undefined where it was removed: node would end with a stack trace. */
function workingDirectory(): string | undefined {
  try {
    return process.cwd()
  } catch {
    return undefined
  }
}

/** A reader that has gone away (`| head`) is nothing to talk about; a full disk is. */
function outputError({ code, message }: NodeJS.ErrnoException): void {
  if (code === 'EPIPE' || outputFailed) return
  outputFailed = true
  process.exitCode = 1
  stderr.write(`the output cannot be written: ${message}\n`)
}
