import { spawn } from 'node:child_process';
import { join } from 'node:path';

const FIFTEEN_MINUTES = 15 * 60_000;

const runOnce = async (api: string): Promise<{ code: number | null; output: string }> =>
	await new Promise((resolve) => {
		const child = spawn('npm', ['start', '--', '--once', '--api', api], {
			cwd: join(__dirname, '../..'),
		});
		let output = '';
		const keep = (text: Buffer) => {
			output += text.toString();
			// The first run installs n8n: whoever watches should see that something goes on.
			process.stderr.write(text);
		};
		child.stdout.on('data', keep);
		child.stderr.on('data', keep);
		child.on('close', (code) => resolve({ code, output }));
	});

describe('npm start -- --once', () => {
	it.each([
		['v1', /accepted +4,993\n/],
		['v2', /updated +1\n/],
	])(
		'brings 5,000 Okta users through a real n8n into Kibana (%s), the broken ones on the error branch',
		async (api, statuses) => {
			const { code, output } = await runOnce(api);
			expect(output).toContain('credential test: Connection successful!');
			expect(output).toMatch(/items +5,000\n/);
			expect(output).toMatch(statuses);
			expect(output).toMatch(/failed +7 \(counted by the error branch: 7\)\n/);
			expect(output).toContain('All as expected.');
			expect(code).toBe(0);
		},
		FIFTEEN_MINUTES,
	);
});
