import type { FromSchema } from 'json-schema-to-ts';
import { memorySize } from './size.ts';
import {
  arrayName,
  bridgeName,
  exportName,
  guestDevice,
  hostName,
  kernelCommandLine,
  macAddress,
  nodePath,
  uuid,
  volumeName,
} from './text.ts';

const memory = {
  type: 'object',
  properties: {
    size: { ...memorySize, description: 'Memory of the guest.', examples: ['512MiB'] },
    minimum: {
      ...memorySize,
      description: 'The least that it can be left with; `size` unless given.',
      examples: ['256MiB'],
    },
  },
  required: ['size'],
  additionalProperties: false,
  description: 'Memory of the guest.',
} as const;

const boot = {
  type: 'object',
  properties: {
    kernel: { ...nodePath, description: 'Kernel, on the node.', examples: ['/boot/vmlinuz'] },
    ramdisk: {
      ...nodePath,
      description: 'Initial ramdisk, on the node; with `kernel`.',
      examples: ['/boot/initrd.img'],
    },
    cmdline: {
      ...kernelCommandLine,
      description: 'Kernel command line; with `kernel`.',
      examples: ['root=/dev/xvda ro'],
    },
    bootloader: {
      type: 'string',
      enum: ['pygrub'],
      description: 'Reads the kernel from the guest’s own disk. For pv and pvh.',
    },
    firmware: { type: 'string', enum: ['bios', 'uefi'], description: 'For hvm.' },
    order: {
      type: 'string',
      pattern: '^[cdn]{1,3}$',
      patternErrorMessage: 'letters in the order of trying: c (disk), d (CD), n (network)',
      description: 'What the firmware tries, `c` unless given; with `firmware`.',
      examples: ['dc'],
    },
  },
  additionalProperties: false,
  description: 'How it starts: exactly one of `kernel`, `bootloader` and `firmware`.',
  examples: [{ kernel: '/boot/vmlinuz', ramdisk: '/boot/initrd.img', cmdline: 'root=/dev/xvda ro' }],
} as const;

const disk = {
  type: 'object',
  properties: {
    volume: { ...volumeName, description: 'A volume with a replica on the home of the VM.', examples: ['web-root'] },
    export: { ...exportName, description: 'Or an export to the home.', examples: ['vmimage001'] },
    array: { ...arrayName, description: 'Or an array of the home. Exactly one of the three.', examples: ['backup'] },
    as: { ...guestDevice, description: 'The disk as the guest sees it.', examples: ['xvda'] },
    readOnly: {
      type: 'boolean',
      default: false,
      description: 'It has one VM that writes it, or any number on one home that read it.',
    },
  },
  required: ['as'],
  additionalProperties: false,
  description: 'A block device, given to the guest.',
} as const;

const nic = {
  type: 'object',
  properties: {
    bridge: { ...bridgeName, description: 'Bridge of the node that it joins.', examples: ['xenbr0'] },
    mac: {
      ...macAddress,
      description:
        'In quotes. Unless given, it follows from the names of site and VM: 00:16:3e and three bytes of a hash.',
      examples: ['00:16:3e:00:00:50'],
    },
  },
  required: ['bridge'],
  additionalProperties: false,
  description: 'A network card.',
} as const;

export const vm = {
  type: 'object',
  properties: {
    home: {
      ...hostName,
      description: 'Node where it runs. Holds a replica of every disk, or imports it.',
      examples: ['alpha'],
    },
    type: { type: 'string', enum: ['pv', 'pvh', 'hvm'], default: 'pv', description: 'How Xen runs it.' },
    memory,
    vcpus: { type: 'integer', minimum: 1, maximum: 128, default: 1, description: 'Virtual processors.' },
    boot,
    disks: { type: 'array', maxItems: 64, items: disk, default: [], description: 'Disks, in order.' },
    nics: { type: 'array', maxItems: 16, items: nic, default: [], description: 'Network cards, in order.' },
    uuid: {
      ...uuid,
      description: 'Identity for Xen. Unless given, it follows from the names of site and VM.',
      examples: ['6ba7b810-9dad-41d1-80b4-00c04fd430c8'],
    },
    state: { type: 'string', enum: ['running', 'stopped'], default: 'running', description: 'What `apply` sees to.' },
    autostart: {
      type: 'string',
      enum: ['home', 'never'],
      default: 'never',
      description:
        'home: when its home boots, it starts there by itself, once it is proven to run nowhere else (docs/boot.md); not with `state: stopped`. ' +
        'When other nodes could run it, that needs `defaults.migration.trust: managed`.',
    },
    highlyAvailable: {
      type: 'boolean',
      default: false,
      description:
        'The cluster runs it, and nobody else: on another node when its own dies. All its disks are mirrors.',
    },
  },
  required: ['home', 'memory', 'boot'],
  additionalProperties: false,
  description: 'A Xen guest.',
} as const;

export type BootSpec = FromSchema<typeof boot>;
export type VmSpec = FromSchema<typeof vm>;
