/* The real parser of xl.cfg(5) and of its disk specifications, without a hypervisor: prints what it understood. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <libxlutil.h>

static void text(XLU_Config *config, const char *name) {
    const char *value;
    if (!xlu_cfg_get_string(config, name, &value, 1)) printf("%s=%s\n", name, value);
}

int main(int count, char **words) {
    static char data[65536];
    const char *names[] = {"name", "uuid", "type", "kernel", "ramdisk", "cmdline", "bootloader", "firmware", "boot"};
    XLU_Config *config = xlu_cfg_init(stderr, "test");
    XLU_ConfigList *list;
    const char *spec;
    long number;
    int size, at, error = 0, length = (int)fread(data, 1, sizeof data - 1, stdin);
    (void)count; (void)words;
    if (!config || xlu_cfg_readdata(config, data, length)) return 22;
    for (at = 0; at < (int)(sizeof names / sizeof *names); at++) text(config, names[at]);
    if (!xlu_cfg_get_long(config, "memory", &number, 1)) printf("memory=%ld\n", number);
    if (!xlu_cfg_get_long(config, "vcpus", &number, 1)) printf("vcpus=%ld\n", number);
    if (!xlu_cfg_get_list(config, "vif", &list, &size, 1))
        for (at = 0; at < size; at++) printf("vif=%s\n", xlu_cfg_get_listitem(list, at));
    if (!xlu_cfg_get_list(config, "disk", &list, &size, 1))
        for (at = 0; at < size && !error; at++) {
            libxl_device_disk disk;
            spec = xlu_cfg_get_listitem(list, at);
            memset(&disk, 0, sizeof disk);
            error = xlu_disk_parse(config, 1, &spec, &disk);
            printf("disk=%s vdev=%s rw=%d format=%d script=%s\n", disk.pdev_path, disk.vdev, disk.readwrite, disk.format,
                   disk.script ? disk.script : "none");
        }
    return error ? 22 : 0;
}
