// The bare node-ssh loop: what connecting to every host and running one `true` costs without us. argv: port, key, fan-out, host…
import { NodeSSH } from 'node-ssh'

const [port, privateKeyPath, fanOut, ...hosts] = process.argv.slice(2)
const queue = [...hosts]
async function worker() {
  for (let host = queue.shift(); host !== undefined; host = queue.shift()) {
    const ssh = new NodeSSH()
    await ssh.connect({ host, port: Number(port), username: 'root', privateKeyPath })
    ssh.connection.setNoDelay(true)
    const { code } = await ssh.execCommand('true')
    if (code !== 0) throw new Error(`${host}: ${code}`)
    ssh.dispose()
  }
}
await Promise.all(Array.from({ length: Number(fanOut) }, worker))
