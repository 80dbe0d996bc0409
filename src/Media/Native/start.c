/* emotion-start: what is started in the place of ffmpeg and ffprobe. The tool of its own name that is kept ready in its folder
 * (ready.c) does the job; where none is, `launch/NAME` is executed, the ordinary launcher, with the same arguments. */
#define _GNU_SOURCE
#include "job.h"

#include <fcntl.h>
#include <libgen.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { KILLED = 137, NOT_STARTED = 126 };

/* The folder is entered for it, because a socket's path is cut off at 107 bytes and that of a temporary folder may be longer. */
static int connect_to(const char *folder, const char *name, int cwd) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int length = snprintf(address.sun_path, sizeof address.sun_path, "%s.socket", name);
    if (length < 0 || (size_t)length >= sizeof address.sun_path || chdir(folder) != 0) return -1;
    int connection = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    int connected = connect(connection, (struct sockaddr *)&address, sizeof address);
    if (fchdir(cwd) != 0) exit(NOT_STARTED);
    return connected == 0 ? connection : -1;
}

static int send_job(int connection, int argc, char **argv, const char *name, int cwd) {
    static char text[JOB_BYTES];
    size_t used = 0;
    if (argc > JOB_ARGUMENTS / 2) return -1;
    for (int i = 0; i < argc; i++) {
        const char *argument = i == 0 ? name : argv[i];
        size_t length = strlen(argument) + 1;
        if (length > sizeof text - used) return -1;
        memcpy(text + used, argument, length);
        used += length;
    }

    const int descriptors[JOB_DESCRIPTORS] = {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO, cwd};
    union {
        char bytes[CMSG_SPACE(sizeof descriptors)];
        struct cmsghdr aligned;
    } control = {0};
    struct iovec content = {.iov_base = text, .iov_len = used};
    struct msghdr message = {
        .msg_iov = &content, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof descriptors);
    memcpy(CMSG_DATA(header), descriptors, sizeof descriptors);
    return sendmsg(connection, &message, MSG_NOSIGNAL) == (ssize_t)used ? 0 : -1;
}

/* The job's exit status, as a shell tells it; does not return -1 once the job has begun. */
static int run(const char *folder, const char *name, int argc, char **argv, int cwd) {
    int32_t process, status;
    int connection = connect_to(folder, name, cwd);
    if (connection < 0) return -1;
    if (send_job(connection, argc, argv, name, cwd) != 0 || recv(connection, &process, sizeof process, 0) != sizeof process) {
        close(connection);
        return -1;
    }

    /* Its pipes are the job's alone from here on, or their readers would wait for this process too. It leads a group of its own so
     * that whoever ends the group ends the job: ready.c kills it when this end of the connection is closed. Not before, because
     * the launcher's setsid forks where it is called by a leader. */
    setsid();
    close(STDIN_FILENO);
    close(STDOUT_FILENO);
    close(STDERR_FILENO);
    close(cwd);
    /* The tool that was ready is gone, and has taken the job with it. */
    if (recv(connection, &status, sizeof status, 0) != sizeof status) return KILLED;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int main(int argc, char **argv) {
    if (argc < 1 || strchr(argv[0], '/') == NULL) {
        fprintf(stderr, "emotion-start: is to be started by its path, in a folder with launchers\n");
        return NOT_STARTED;
    }

    char *path = strdup(argv[0]), *name = strdup(basename(argv[0])), *launcher;
    /* By its own name it is only asked whether it runs here. */
    if (name != NULL && strcmp(name, "emotion-start") == 0) return 0;
    const char *folder = path == NULL ? NULL : dirname(path);
    int cwd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (folder == NULL || name == NULL || cwd < 0 || asprintf(&launcher, "%s/launch/%s", folder, name) < 0) {
        perror("emotion-start");
        return NOT_STARTED;
    }

    int status = run(folder, name, argc, argv, cwd);
    if (status >= 0) return status;

    /* Tells whoever started it, who looks into the working folder, that it went this way. */
    int mark = open("executed", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    if (mark >= 0) close(mark);
    argv[0] = launcher;
    execv(launcher, argv);
    perror(launcher);
    return NOT_STARTED;
}
