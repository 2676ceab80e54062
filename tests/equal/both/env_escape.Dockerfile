FROM base
ENV A='$B' C="\$D" E=\$F
RUN env | grep -E '^[ACE]=' | sort >/a
