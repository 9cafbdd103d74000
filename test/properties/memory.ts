/** Runs the node with many items on n8n's engine, in a heap of its own, and prints what came out. */
import { automatic, nodeOn } from '../acceptance/run';
import { runNode } from '../../sandbox/n8n/engine';

const main = async (): Promise<void> => {
	const [url = '', apiKey = '', count = ''] = process.argv.slice(2);
	const items = Array.from({ length: Number(count) }, (_, index) => ({
		user: { name: `user-${index}`, email: [`user-${index}@example.com`], full_name: ['Jane Doe'] },
		entity: { name: `Jane Doe ${index}`, source: 'okta', attributes: { managed: true } },
		asset: { owner: 'security operations', business_unit: 'research and development' },
		profile: { department: 'engineering', office: 'nowhere in particular', floor: index % 9 },
	}));
	const { outputs, error } = await runNode({
		...nodeOn({ url, apiKey }),
		items,
		parameters: automatic({ force: true }),
		onError: 'continueErrorOutput',
	});
	if (error) throw error;
	const heapMb = Math.round(process.memoryUsage().heapUsed / 1024 / 1024);
	console.log(JSON.stringify({ outputs: outputs.map(({ length }) => length), heapMb }));
};

main().catch((error: Error) => {
	console.error(error.message);
	process.exitCode = 1;
});
