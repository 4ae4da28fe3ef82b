// A Posto of a test's own, that may be stopped and started again. The program: POSTO_PROGRAM, or what `cargo build` made.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const PROGRAM = process.env.POSTO_PROGRAM ?? fileURLToPath(new URL('../../target/debug/posto', import.meta.url));

/** Starts one with the nine sample records on ports of the system's choice. */
export async function startPosto() {
  const data = await mkdtemp(join(tmpdir(), 'posto-browser-'));
  let child = null;
  const posto = { url: null, udp: null, program: PROGRAM };

  /** Again where it was before, with the prices it had. */
  posto.start = async () => {
    const http = posto.url ? new URL(posto.url).host : '127.0.0.1:0';
    const ends = ['--http', http, '--udp', posto.udp ?? '127.0.0.1:0'];
    child = spawn(PROGRAM, ['up', ...ends, '--data', data, '--tiles', 'none'], { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, RUST_LOG: 'error' } });
    for await (const line of createInterface({ input: child.stdout })) {
      const [name, address] = line.split(' ');
      if (name === 'http') posto.url = `http://${address}`;
      if (name === 'udp') posto.udp = address;
      if (posto.url && posto.udp) break;
    }
    child.stdout.resume();
  };

  /** As hard as a power cut. */
  posto.stop = async () => {
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  };

  posto.end = async () => {
    await posto.stop();
    await rm(data, { recursive: true, force: true });
  };

  await posto.start();
  return posto;
}

/** Runs the program once, to its end. */
export async function run(...words) {
  const child = spawn(PROGRAM, words, { stdio: 'ignore' });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`posto ${words[0]} ended with ${code}`);
}
