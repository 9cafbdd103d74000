import { aws } from './aws';
import { entra } from './entra';
import { intune } from './intune';
import { inventory } from './inventory';
import { okta } from './okta';
import { playbook } from './playbook';
import type { Example } from './workflow';

/** The workflows in `examples/`, beside the one of the demo. */
export const EXAMPLES: readonly Example[] = [okta, entra, intune, aws, inventory, playbook];

/** The text of a committed example file. */
export const fileOf = ({ workflow }: Example): string => `${JSON.stringify(workflow, null, 2)}\n`;
