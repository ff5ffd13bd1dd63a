# What `sam build` calls: builds a function and puts it where SAM wants it, as `bootstrap`.
#
#     sam build --parameter-overrides Architecture=$(uname -m)     for this machine's architecture
#     sam build                                                    for arm64, the template's default
#
# SAM enters through infra/build/ARCHITECTURE/Makefile, which says ARCH: the template's parameter alone
# decides. On a machine of the same architecture cargo alone builds it; for the other one `cargo
# lambda` does. What was built is checked, because a function of the wrong kind only fails in the cloud.

# A PEM bundle to ship as /var/task/database-ca.pem (template parameter DatabaseCaFile). `make database-ca`
# fetches the one of RDS, whose certificates no system trusts; where it lies, it is shipped.
DATABASE_CA ?= $(wildcard database-ca.pem)
DATABASE_CA_URL ?= https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem
# Its SHA-256, if it is to be checked; it changes when AWS adds an authority.
DATABASE_CA_SHA256 ?=

HOST := $(patsubst aarch64,arm64,$(shell uname -m))
ELF_arm64 := b7
ELF_x86_64 := 3e

.PHONY: build-ArticleFunction build-SchedulerFunction build-MigrateFunction database-ca

build-ArticleFunction: FUNCTION := article
build-SchedulerFunction: FUNCTION := scheduler
build-MigrateFunction: FUNCTION := migrate

build-ArticleFunction build-SchedulerFunction build-MigrateFunction:
	@test -n "$(ELF_$(ARCH))" && test -n "$(ARTIFACTS_DIR)" || { echo "call this through sam build" >&2; exit 1; }
ifeq ($(ARCH)-$(shell uname -s),$(HOST)-Linux)
	OPENSSL_NO_VENDOR=0 cargo build --release --locked --package $(FUNCTION) --bin $(FUNCTION)
	cp "$${CARGO_TARGET_DIR:-target}/release/$(FUNCTION)" "$(ARTIFACTS_DIR)/bootstrap"
else
	@command -v cargo-lambda >/dev/null || { \
	  echo "building for $(ARCH) on $(HOST) needs cargo-lambda: cargo install cargo-lambda" >&2; \
	  echo "or build for this machine: sam build --parameter-overrides Architecture=$(HOST)" >&2; exit 1; }
	OPENSSL_NO_VENDOR=0 cargo lambda build --release --locked --$(subst _,-,$(ARCH)) --package $(FUNCTION) --bin $(FUNCTION)
	cp "$${CARGO_TARGET_DIR:-target}/lambda/$(FUNCTION)/bootstrap" "$(ARTIFACTS_DIR)/bootstrap"
endif
	@kind=$$(od -An -tx1 -j18 -N1 "$(ARTIFACTS_DIR)/bootstrap" | tr -d ' '); \
	  test "$$kind" = "$(ELF_$(ARCH))" || { echo "bootstrap is not for $(ARCH)" >&2; exit 1; }
	$(if $(DATABASE_CA),cp "$(DATABASE_CA)" "$(ARTIFACTS_DIR)/database-ca.pem")

database-ca:
	curl --fail --silent --show-error --location --max-time 60 --output database-ca.pem.new "$(DATABASE_CA_URL)"
	@count=$$(grep -c 'BEGIN CERTIFICATE' database-ca.pem.new) && digest=$$(sha256sum database-ca.pem.new | cut -d' ' -f1) && \
	  { [ -z "$(DATABASE_CA_SHA256)" ] || [ "$$digest" = "$(DATABASE_CA_SHA256)" ] \
	    || { echo "its SHA-256 is $$digest, not $(DATABASE_CA_SHA256)" >&2; rm database-ca.pem.new; exit 1; }; } && \
	  mv database-ca.pem.new database-ca.pem && echo "database-ca.pem: $$count certificates, SHA-256 $$digest"
