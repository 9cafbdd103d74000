/** The package of this project as it is published. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const ROOT = join(__dirname, '../..');

export const PACKAGE = 'n8n-nodes-kibana-entity-store';

const run = promisify(execFile);

/** Packs the package, and returns the path of the archive. */
export const packPackage = async (folder: string): Promise<string> => {
	const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder], {
		cwd: ROOT,
	});
	const [{ filename }] = JSON.parse(stdout) as [{ filename: string }];
	return join(folder, filename);
};
