/** Seals what the command line says and prints it: tests/people/test_pins.py opens it with the node's key. */
import { seal } from "../../src/safeconduct/web/static/safeconduct/me/seal.js";

const [pin, id, key] = process.argv.slice(2);
process.stdout.write(await seal(pin, id, key));
