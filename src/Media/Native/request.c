/* Reads what a job is to be, and trusts none of it: whoever may connect is this user's process, but a tool that a clip has broken is one
 * too. */
#define _GNU_SOURCE
#include "ready.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void take_descriptors(struct msghdr *message, int *descriptors, int *count) {
    *count = 0;
    for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header != NULL; header = CMSG_NXTHDR(message, header)) {
        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
        size_t bytes = header->cmsg_len - CMSG_LEN(0);
        /* The buffer holds no more than JOB_DESCRIPTORS. */
        memcpy(descriptors + *count, CMSG_DATA(header), bytes);
        *count += (int)(bytes / sizeof *descriptors);
    }
}

static int count_of(char byte, const char *text, size_t length) {
    int count = 0;
    for (size_t i = 0; i < length; i++) count += text[i] == byte;
    return count;
}

int receive_request(int connection, struct request *request) {
    union {
        char bytes[CMSG_SPACE(sizeof request->descriptors)];
        struct cmsghdr aligned;
    } control = {0};
    struct iovec content = {.iov_base = request->text, .iov_len = sizeof request->text};
    struct msghdr message = {
        .msg_iov = &content, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
    ssize_t length = recvmsg(connection, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    if (length < 0) return -1;
    int count;
    take_descriptors(&message, request->descriptors, &count);
    request->length = (size_t)length;
    if (length > 0 && request->text[length - 1] == '\0' && (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) == 0 && count == JOB_DESCRIPTORS &&
        count_of('\0', request->text, request->length) < JOB_ARGUMENTS / 2) {
        return 0;
    }

    for (int i = 0; i < count; i++) close(request->descriptors[i]);
    return -1;
}

char **request_arguments(struct request *request, int argc, char **argv, int *total) {
    static char *arguments[JOB_ARGUMENTS];
    int count = 0;
    while (count < argc && count < JOB_ARGUMENTS / 2 - 1) {
        arguments[count] = argv[count];
        count++;
    }

    for (size_t at = strlen(request->text) + 1; at < request->length; at += strlen(request->text + at) + 1) {
        arguments[count++] = request->text + at;
    }

    arguments[count] = NULL;
    *total = count;
    return arguments;
}
