import { describe, expect, test } from 'vitest'
import { foldNames } from '../../src/inventory/index.ts'

describe('names written short', () => {
  test.each([
    [[], ''],
    [['web1'], 'web1'],
    [['web1', 'web2', 'web3', 'db'], 'web[1-3],db'],
    [['web3', 'web1', 'web2', 'web1'], 'web[1-3]'],
    [['web1', 'web3', 'web5', 'web6', 'web7'], 'web[1,3,5-7]'],
    [['web01', 'web02', 'web10'], 'web[01-02,10]'],
    [['web08', 'web09', 'web10', 'web11'], 'web[08-11]'],
    [['web8', 'web9', 'web10'], 'web[8-10]'],
    [['web1', 'web01', 'web2', 'web02'], 'web[1-2,01-02]'],
    [['web098', 'web099', 'web100'], 'web[098-100]'],
    [['rack1n1', 'rack1n2', 'rack2n1', 'rack2n2'], 'rack[1-2]n[1-2]'],
    [['rack1n1', 'rack1n2', 'rack2n2', 'rack2n3'], 'rack1n[1-2],rack2n[2-3]'],
    [['10.0.0.1', '10.0.0.2', '10.0.1.1'], '10.0.0.[1-2],10.0.1.1'],
    [['web1.example2.org', 'web2.example2.org'], 'web[1-2].example2.org'],
    [['hero@web1:2201', 'hero@web2:2201', 'hero@web2:2202'], 'hero@web[1-2]:2201,hero@web2:2202'],
    [['u1@web1', 'u2@web1'], 'u1@web1,u2@web1'],
    [['[::1]:22', '[::2]:22', 'fe80::1', 'local'], '[::1]:22,[::2]:22,fe80::1,local'],
    [['i-1234567890', 'i-1234567891'], 'i-1234567890,i-1234567891'],
  ])('%j is %s', (names, short) => {
    expect(foldNames(names)).toBe(short)
  })

  test('10,000 of them within 100 ms', () => {
    const names = Array.from(
      { length: 10_000 },
      (_, at) => `rack${at % 100}n${Math.floor(at / 100)}.example.org`,
    )
    expect(foldNames(names)).toBe('rack[0-99]n[0-99].example.org')
  })
})
