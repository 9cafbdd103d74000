import { startKibana } from './server';

const FIRST_CHOICE = Number(process.env.KIBANA_PORT ?? 5601);

const start = async () => {
	try {
		return await startKibana({ port: FIRST_CHOICE });
	} catch {
		return await startKibana();
	}
};

const main = async () => {
	const kibana = await start();
	console.log(`Test Kibana: ${kibana.url}
API key:     ${kibana.apiKey}
User:        ${kibana.username} / ${kibana.password}

Try it:
  curl -X PUT ${kibana.url}/api/entity_store/entities/bulk \\
    -H 'kbn-xsrf: curl' -H 'content-type: application/json' \\
    -H 'authorization: ApiKey ${kibana.apiKey}' \\
    -d '{"entities":[{"type":"user","record":{"entity":{"id":"jane"}}}]}'

Bulk requests are listed as they come. Ctrl-C ends it.`);

	let told = 0;
	const teller = setInterval(() => {
		for (const { path, rows, bytes, status } of kibana.bulkRequests().slice(told)) {
			if (status === 0) break;
			told += 1;
			console.log(`${path}  ${rows.length} rows  ${bytes} bytes  HTTP ${status}`);
		}
	}, 300);
	process.once('SIGINT', () => {
		clearInterval(teller);
		void kibana.stop();
	});
};

void main();
