#!/usr/bin/env node
import { homedir } from 'node:os'
import { quickAnswer } from './cli/quick.ts'

const { argv, env, stdin, stdout, stderr } = process
const words = argv.slice(2)
const where = { cwd: process.cwd(), home: homedir(), env }
let outputFailed = false
for (const stream of [stdout, stderr]) stream.on('error', outputError)

const answered = quickAnswer(words, where)
if (answered === undefined) await begin()
else stdout.write(answered)

async function begin(): Promise<void> {
  const { main } = await import('./cli/main.ts')
  const endNow = (exitCode: number) => process.exit(exitCode)
  const exitCode = await main(words, { ...where, stdin, stdout, stderr, signals: process, endNow })
  process.exitCode = outputFailed && exitCode === 0 ? 1 : exitCode
  // What is still piped in keeps nobody waiting.
  if (!stdin.isTTY) stdin.destroy()
}

/** A reader that has gone away (`| head`) is nothing to talk about; a full disk is. */
function outputError({ code, message }: NodeJS.ErrnoException): void {
  if (code === 'EPIPE' || outputFailed) return
  outputFailed = true
  process.exitCode = 1
  stderr.write(`the output cannot be written: ${message}\n`)
}
