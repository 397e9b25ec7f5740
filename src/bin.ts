#!/usr/bin/env node
import { homedir } from 'node:os'
import { quickAnswer } from './cli/quick.ts'

const argv = process.argv.slice(2)
const { env } = process
const where = { cwd: process.cwd(), home: homedir(), env }
const answered = quickAnswer(argv, where)
if (answered === undefined) await begin()
else {
  process.stdout.on('error', () => {})
  process.stdout.write(answered)
}

async function begin(): Promise<void> {
  const { main } = await import('./cli/main.ts')
  const { stdin, stdout, stderr } = process
  process.exitCode = await main(argv, {
    ...where,
    stdin,
    stdout,
    stderr,
    signals: process,
    endNow: (exitCode) => process.exit(exitCode),
  })
  // What is still piped in keeps nobody waiting.
  if (!stdin.isTTY) stdin.destroy()
}
