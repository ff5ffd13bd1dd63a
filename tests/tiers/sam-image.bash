# Assembles an image with the name that `sam local invoke` wants, out of what this machine has: a
# static busybox, libc with what a bootstrap is linked against, and the CA bundle. For machines that reach no image
# registry; it stands in for Amazon Linux only as far as starting a binary goes.
# Sourced by sam-local.sh; sets SAM_IMAGE.

readonly SAM_IMAGE=public.ecr.aws/lambda/provided:al2023-x86_64

assemble_sam_image() {
  local tree
  tree=$(mktemp -d)
  mkdir -p "$tree"/{bin,usr/bin,lib64,lib/x86_64-linux-gnu,etc/pki/tls/certs,etc/ssl/certs,var/task,var/runtime,var/rapid,opt,tmp}
  chmod 1777 "$tree/tmp"
  cp "$(command -v busybox)" "$tree/bin/busybox"
  local tool
  for tool in sh mv chmod cat ls mkdir cp rm env; do ln -s busybox "$tree/bin/$tool"; done
  cp -L /lib64/ld-linux-x86-64.so.2 "$tree/lib64/"
  local library
  for library in libc.so.6 libm.so.6 libgcc_s.so.1 libdl.so.2 libpthread.so.0 librt.so.1 \
    libresolv.so.2 libnss_files.so.2 libnss_dns.so.2; do
    cp -L "/lib/x86_64-linux-gnu/$library" "$tree/lib/x86_64-linux-gnu/"
  done
  cp -L /etc/ssl/certs/ca-certificates.crt "$tree/etc/ssl/certs/"
  cp -L /etc/ssl/certs/ca-certificates.crt "$tree/etc/pki/tls/certs/ca-bundle.crt"
  echo 'root:x:0:0:root:/root:/bin/sh' >"$tree/etc/passwd"
  tar -C "$tree" -c . | docker import \
    --change 'ENV PATH=/usr/local/bin:/usr/bin:/bin LAMBDA_TASK_ROOT=/var/task LAMBDA_RUNTIME_DIR=/var/runtime' \
    --change 'WORKDIR /var/task' \
    - "$SAM_IMAGE" >/dev/null
  # What SAM derived from an earlier image of that name is of no use any more.
  docker image rm --force "${SAM_IMAGE%:*}:al2023-rapid-x86_64" >/dev/null 2>&1 || true
  rm -rf "$tree"
}
