;; source sha256 0c0ac2b4d071ed361894c4af506f794ae1e83247757197a28e8f341d24d1f63b
(module
  (type (;0;) (func (param i32 i32 i32 i32 i32 i32) (result i32)))
  (type (;1;) (func))
  (type (;2;) (func (param i32 i32)))
  (type (;3;) (func (param i32 i32 i32 i32)))
  (type (;4;) (func (param i32 i32 i32)))
  (type (;5;) (func (param i32 i32) (result i64)))
  (type (;6;) (func (param i32)))
  (type (;7;) (func (param i64)))
  (type (;8;) (func (param i32 i32 i32) (result i32)))
  (type (;9;) (func (param i32 i32) (result i32)))
  (type (;10;) (func (param i32 i32 i64)))
  (type (;11;) (func (param i32 i64)))
  (type (;12;) (func (param i32) (result i64)))
  (type (;13;) (func (param i32 i32 i64) (result i32)))
  (type (;14;) (func (param i32) (result i32)))
  (import "env" "invoke_system_call" (func (;0;) (type 0)))
  (func (;1;) (type 1)
    (local i32 i64 i64 i32)
    global.get 0
    i32.const 272
    i32.sub
    local.tee 0
    global.set 0
    local.get 0
    i32.const 248
    i32.add
    i32.const 0
    call 2
    local.get 0
    i32.const 184
    i32.add
    i32.const 8
    i32.add
    local.get 0
    i32.const 248
    i32.add
    i32.const 8
    i32.add
    i32.load
    i32.store
    local.get 0
    local.get 0
    i64.load offset=248
    i64.store offset=184
    local.get 0
    i32.const 232
    i32.add
    i32.const 603
    local.get 0
    i32.const 184
    i32.add
    i32.const 8192
    call 3
    local.get 0
    local.get 0
    i64.load offset=232
    i64.store offset=176
    local.get 0
    i32.const 240
    i32.add
    local.get 0
    i32.const 176
    i32.add
    i32.const 1
    call 4
    local.get 0
    local.get 0
    i64.load offset=240
    i64.store offset=168
    local.get 0
    i32.const 224
    i32.add
    local.get 0
    i32.const 168
    i32.add
    i32.const 2
    call 4
    local.get 0
    local.get 0
    i64.load offset=224
    local.tee 1
    i64.store offset=216
    local.get 0
    local.get 0
    i64.load offset=240
    i64.store offset=160
    local.get 0
    i32.const 160
    i32.add
    i32.const 1
    call 5
    local.set 2
    local.get 0
    local.get 1
    i64.store offset=224
    block  ;; label = @1
      block  ;; label = @2
        local.get 2
        i32.wrap_i64
        local.tee 3
        i32.const 1960973952
        i32.eq
        br_if 0 (;@2;)
        block  ;; label = @3
          local.get 3
          i32.const -2053133115
          i32.eq
          br_if 0 (;@3;)
          block  ;; label = @4
            block  ;; label = @5
              block  ;; label = @6
                local.get 3
                i32.const -1885248426
                i32.eq
                br_if 0 (;@6;)
                block  ;; label = @7
                  block  ;; label = @8
                    block  ;; label = @9
                      local.get 3
                      i32.const -1327875788
                      i32.eq
                      br_if 0 (;@9;)
                      block  ;; label = @10
                        block  ;; label = @11
                          block  ;; label = @12
                            local.get 3
                            i32.const -1217758047
                            i32.eq
                            br_if 0 (;@12;)
                            local.get 3
                            i32.const -1115723696
                            i32.eq
                            br_if 2 (;@10;)
                            local.get 3
                            i32.const -596699205
                            i32.eq
                            br_if 8 (;@4;)
                            local.get 3
                            i32.const -293536465
                            i32.eq
                            br_if 1 (;@11;)
                            local.get 3
                            i32.const 670398154
                            i32.eq
                            br_if 7 (;@5;)
                            local.get 3
                            i32.const 854630305
                            i32.eq
                            br_if 5 (;@7;)
                            local.get 3
                            i32.const 1550980247
                            i32.eq
                            br_if 4 (;@8;)
                            local.get 3
                            i32.const -2103225473
                            i32.ne
                            br_if 11 (;@1;)
                            local.get 0
                            i32.const 4
                            i32.store offset=252
                            local.get 0
                            i32.const 8728
                            i32.store offset=248
                            local.get 0
                            local.get 0
                            i64.load offset=248
                            i64.store offset=40
                            local.get 0
                            i32.const 40
                            i32.add
                            call 6
                            unreachable
                          end
                          local.get 0
                          i32.const 4
                          i32.store offset=252
                          local.get 0
                          i32.const 8893
                          i32.store offset=248
                          local.get 0
                          local.get 0
                          i64.load offset=248
                          i64.store offset=48
                          local.get 0
                          i32.const 48
                          i32.add
                          call 6
                          unreachable
                        end
                        i64.const 8
                        call 7
                        unreachable
                      end
                      call 8
                      unreachable
                    end
                    local.get 0
                    i64.const 0
                    i64.store offset=248
                    local.get 0
                    i64.const 0
                    i64.store offset=56
                    i32.const 0
                    local.get 0
                    i32.const 56
                    i32.add
                    call 9
                    call 7
                    unreachable
                  end
                  local.get 0
                  local.get 0
                  i64.load offset=224
                  i64.store offset=72
                  local.get 0
                  i32.const 240
                  i32.add
                  local.get 0
                  i32.const 72
                  i32.add
                  i32.const 1
                  call 4
                  local.get 0
                  local.get 0
                  i64.load offset=240
                  i64.store offset=64
                  local.get 0
                  i32.const 248
                  i32.add
                  local.get 0
                  i32.const 64
                  i32.add
                  call 10
                  local.get 0
                  i64.load offset=248
                  call 7
                  unreachable
                end
                local.get 0
                local.get 0
                i64.load offset=224
                i64.store offset=112
                local.get 0
                i32.const 240
                i32.add
                local.get 0
                i32.const 112
                i32.add
                i32.const 1
                call 4
                local.get 0
                local.get 0
                i64.load offset=224
                i64.store offset=104
                local.get 0
                i32.const 232
                i32.add
                local.get 0
                i32.const 104
                i32.add
                i32.const 2
                call 4
                local.get 0
                local.get 0
                i64.load offset=240
                i64.store offset=96
                local.get 0
                local.get 0
                i64.load offset=232
                i64.store offset=88
                local.get 0
                i32.const 248
                i32.add
                local.get 0
                i32.const 96
                i32.add
                local.get 0
                i32.const 88
                i32.add
                call 11
                local.get 0
                local.get 0
                i64.load offset=248
                i64.store offset=80
                i32.const 2
                local.get 0
                i32.const 80
                i32.add
                call 9
                call 7
                unreachable
              end
              local.get 0
              local.get 0
              i64.load offset=224
              i64.store offset=120
              local.get 0
              i32.const 120
              i32.add
              call 12
              unreachable
            end
            local.get 0
            local.get 0
            i64.load offset=224
            i64.store offset=128
            local.get 0
            i32.const 128
            i32.add
            call 13
            unreachable
          end
          local.get 0
          local.get 0
          i64.load offset=224
          i64.store offset=136
          local.get 0
          i32.const 136
          i32.add
          call 14
          unreachable
        end
        local.get 0
        local.get 0
        i64.load offset=224
        i64.store offset=144
        local.get 0
        i32.const 144
        i32.add
        call 15
        unreachable
      end
      local.get 0
      local.get 0
      i64.load offset=224
      i64.store offset=152
      local.get 0
      i32.const 152
      i32.add
      call 16
      unreachable
    end
    block  ;; label = @1
      block  ;; label = @2
        local.get 3
        i32.const -2132544055
        i32.eq
        br_if 0 (;@2;)
        local.get 3
        i32.const 759581355
        i32.ne
        br_if 1 (;@1;)
        local.get 0
        local.get 0
        i64.load offset=216
        i64.store offset=24
        local.get 0
        i32.const 208
        i32.add
        local.get 0
        i32.const 24
        i32.add
        i32.const 1
        call 4
        local.get 0
        local.get 0
        i64.load offset=208
        i64.store offset=16
        local.get 0
        i32.const 248
        i32.add
        local.get 0
        i32.const 16
        i32.add
        call 10
        local.get 0
        i64.load offset=256
        call 7
        unreachable
      end
      local.get 0
      local.get 0
      i64.load offset=216
      i64.store offset=32
      local.get 0
      i32.const 32
      i32.add
      call 17
      unreachable
    end
    local.get 0
    i32.const 19
    i32.store offset=204
    local.get 0
    i32.const 8265
    i32.store offset=200
    local.get 0
    local.get 0
    i64.load offset=200
    i64.store offset=8
    i32.const 1
    local.get 0
    i32.const 8
    i32.add
    call 18
    unreachable)
  (func (;2;) (type 2) (param i32 i32)
    (local i32 i32)
    global.get 0
    i32.const 16
    i32.sub
    local.tee 2
    global.set 0
    block  ;; label = @1
      i32.const 98304
      i32.const 0
      i32.load offset=25408
      local.tee 3
      i32.sub
      local.get 1
      i32.ge_u
      br_if 0 (;@1;)
      local.get 2
      i32.const 13
      i32.store offset=12
      local.get 2
      i32.const 8192
      i32.store offset=8
      local.get 2
      local.get 2
      i64.load offset=8
      i64.store
      i32.const 1
      local.get 2
      call 18
      unreachable
    end
    local.get 0
    local.get 1
    i32.store offset=8
    local.get 0
    i32.const 0
    i32.store offset=4
    local.get 0
    local.get 3
    i32.const 25424
    i32.add
    i32.store
    i32.const 0
    local.get 3
    local.get 1
    i32.add
    i32.store offset=25408
    local.get 2
    i32.const 16
    i32.add
    global.set 0)
  (func (;3;) (type 3) (param i32 i32 i32 i32)
    (local i32)
    global.get 0
    i32.const 32
    i32.sub
    local.tee 4
    global.set 0
    local.get 4
    i32.const 16
    i32.add
    local.get 3
    call 2
    local.get 1
    local.get 4
    i32.load offset=16
    local.get 3
    local.get 2
    i32.load
    local.get 2
    i32.load offset=4
    local.get 4
    i32.const 16
    i32.add
    i32.const 4
    i32.or
    call 0
    local.set 2
    local.get 4
    i32.load offset=20
    local.set 3
    local.get 4
    i32.load offset=16
    local.set 1
    block  ;; label = @1
      local.get 2
      i32.eqz
      br_if 0 (;@1;)
      local.get 4
      local.get 3
      i32.store offset=12
      local.get 4
      local.get 1
      i32.store offset=8
      local.get 4
      local.get 4
      i64.load offset=8
      i64.store
      local.get 2
      i32.const 2
      local.get 4
      call 22
      unreachable
    end
    local.get 0
    local.get 3
    i32.store offset=4
    local.get 0
    local.get 1
    i32.store
    local.get 4
    i32.const 32
    i32.add
    global.set 0)
  (func (;4;) (type 4) (param i32 i32 i32)
    (local i32)
    global.get 0
    i32.const 32
    i32.sub
    local.tee 3
    global.set 0
    local.get 0
    i64.const 0
    i64.store align=4
    block  ;; label = @1
      loop  ;; label = @2
        local.get 1
        local.get 3
        i32.const 8
        i32.add
        call 20
        i32.eqz
        br_if 1 (;@1;)
        local.get 3
        i32.load offset=8
        local.get 2
        i32.ne
        br_if 0 (;@2;)
        local.get 0
        local.get 3
        i64.load offset=24
        i64.store align=4
        br 0 (;@2;)
      end
    end
    local.get 3
    i32.const 32
    i32.add
    global.set 0)
  (func (;5;) (type 5) (param i32 i32) (result i64)
    (local i32 i64)
    global.get 0
    i32.const 32
    i32.sub
    local.tee 2
    global.set 0
    i64.const 0
    local.set 3
    loop (result i64)  ;; label = @1
      block  ;; label = @2
        local.get 0
        local.get 2
        i32.const 8
        i32.add
        call 20
        br_if 0 (;@2;)
        local.get 2
        i32.const 32
        i32.add
        global.set 0
        local.get 3
        return
      end
      local.get 2
      i64.load offset=16
      local.get 3
      local.get 2
      i32.load offset=8
      local.get 1
      i32.eq
      select
      local.set 3
      br 0 (;@1;)
    end)
  (func (;6;) (type 6) (param i32)
    (local i32 i64)
    global.get 0
    i32.const 48
    i32.sub
    local.tee 1
    global.set 0
    local.get 1
    i32.const 24
    i32.add
    local.get 0
    i32.load offset=4
    i32.const 16
    i32.add
    call 2
    local.get 1
    local.get 0
    i64.load align=4
    i64.store offset=16
    local.get 1
    i32.const 24
    i32.add
    i32.const 1
    local.get 1
    i32.const 16
    i32.add
    call 25
    local.get 1
    local.get 1
    i64.load offset=24
    local.tee 2
    i64.store offset=8
    local.get 1
    local.get 2
    i64.store offset=40
    i32.const 0
    i32.const 1
    local.get 1
    i32.const 8
    i32.add
    call 22
    unreachable)
  (func (;7;) (type 7) (param i64)
    (local i32)
    global.get 0
    i32.const 32
    i32.sub
    local.tee 1
    global.set 0
    local.get 1
    i32.const 8
    i32.add
    i32.const 16
    call 2
    local.get 1
    i32.const 8
    i32.add
    i32.const 1
    local.get 0
    call 21
    local.get 1
    local.get 1
    i64.load offset=8
    local.tee 0
    i64.store
    local.get 1
    local.get 0
    i64.store offset=24
    i32.const 0
    i32.const 1
    local.get 1
    call 22
    unreachable)
  (func (;8;) (type 1)
    (local i32 i64)
    global.get 0
    i32.const 64
    i32.sub
    local.tee 0
    global.set 0
    local.get 0
    i32.const 40
    i32.add
    i32.const 512
    call 2
    local.get 0
    i32.const 4
    i32.store offset=36
    local.get 0
    i32.const 8728
    i32.store offset=32
    local.get 0
    local.get 0
    i64.load offset=32
    i64.store offset=16
    local.get 0
    i32.const 40
    i32.add
    i32.const 1
    local.get 0
    i32.const 16
    i32.add
    call 25
    local.get 0
    i32.const 4
    i32.store offset=28
    local.get 0
    i32.const 8893
    i32.store offset=24
    local.get 0
    local.get 0
    i64.load offset=24
    i64.store offset=8
    local.get 0
    i32.const 40
    i32.add
    i32.const 2
    local.get 0
    i32.const 8
    i32.add
    call 25
    local.get 0
    i32.const 40
    i32.add
    i32.const 3
    i64.const 8
    call 21
    local.get 0
    local.get 0
    i64.load offset=40
    local.tee 1
    i64.store
    local.get 0
    local.get 1
    i64.store offset=56
    i32.const 0
    i32.const 1
    local.get 0
    call 22
    unreachable)
  (func (;9;) (type 5) (param i32 i32) (result i64)
    (local i32 i64)
    global.get 0
    i32.const 32
    i32.sub
    local.tee 2
    global.set 0
    local.get 2
    local.get 1
    i64.load align=4
    i64.store offset=16
    block  ;; label = @1
      block  ;; label = @2
        local.get 0
        local.get 2
        i32.const 16
        i32.add
        local.get 2
        i32.const 24
        i32.add
        call 19
        br_if 0 (;@2;)
        i64.const 0
        local.set 3
        br 1 (;@1;)
      end
      local.get 2
      local.get 2
      i64.load offset=24
      i64.store offset=8
      local.get 2
      i32.const 8
      i32.add
      i32.const 1
      call 5
      local.set 3
    end
    local.get 2
    i32.const 32
    i32.add
    global.set 0
    local.get 3)
  (func (;10;) (type 2) (param i32 i32)
    (local i32 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64)
    global.get 0
    i32.const 112
    i32.sub
    local.tee 2
    global.set 0
    local.get 2
    local.get 1
    i64.load align=4
    i64.store offset=64
    i32.const 1
    local.get 2
    i32.const 64
    i32.add
    local.get 2
    i32.const 80
    i32.add
    call 19
    drop
    local.get 2
    local.get 2
    i64.load offset=80
    i64.store offset=56
    local.get 0
    local.get 2
    i32.const 56
    i32.add
    i32.const 1
    call 5
    local.tee 3
    i64.store
    local.get 2
    local.get 2
    i64.load offset=80
    i64.store offset=48
    local.get 2
    i32.const 48
    i32.add
    i32.const 2
    call 5
    local.set 4
    local.get 2
    local.get 2
    i64.load offset=80
    i64.store offset=40
    local.get 2
    i32.const 40
    i32.add
    i32.const 3
    call 5
    local.set 5
    local.get 2
    i32.const 88
    i32.add
    i32.const 0
    call 2
    local.get 2
    i32.const 24
    i32.add
    i32.const 8
    i32.add
    local.get 2
    i32.const 88
    i32.add
    i32.const 8
    i32.add
    i32.load
    i32.store
    local.get 2
    local.get 2
    i64.load offset=88
    i64.store offset=24
    local.get 2
    i32.const 104
    i32.add
    i32.const 1
    local.get 2
    i32.const 24
    i32.add
    i32.const 512
    call 3
    local.get 2
    local.get 2
    i64.load offset=104
    i64.store offset=16
    local.get 2
    i32.const 72
    i32.add
    local.get 2
    i32.const 16
    i32.add
    i32.const 1
    call 4
    local.get 2
    local.get 2
    i64.load offset=72
    local.tee 6
    i64.store offset=8
    local.get 2
    local.get 6
    i64.store offset=88
    i64.const 0
    local.get 2
    i32.const 8
    i32.add
    i32.const 2
    call 5
    local.tee 7
    local.get 5
    i64.sub
    local.tee 5
    local.get 5
    local.get 7
    i64.gt_u
    select
    local.tee 5
    i64.const 432000000
    local.get 5
    i64.const 432000000
    i64.lt_u
    select
    local.tee 5
    local.get 3
    i64.const 4294967295
    i64.and
    i64.mul
    local.tee 8
    i64.const 32
    i64.shr_u
    local.get 5
    local.get 3
    i64.const 32
    i64.shr_u
    i64.mul
    i64.add
    local.tee 6
    i64.const 32
    i64.shl
    local.get 8
    i64.const 4294967295
    i64.and
    i64.or
    local.set 5
    block  ;; label = @1
      block  ;; label = @2
        local.get 6
        i64.const 4294967296
        i64.lt_u
        br_if 0 (;@2;)
        local.get 6
        i64.const 32
        i64.shr_u
        local.set 8
        i32.const 128
        local.set 1
        i64.const 0
        local.set 9
        i64.const 0
        local.set 6
        loop  ;; label = @3
          local.get 1
          i32.eqz
          br_if 2 (;@1;)
          local.get 5
          i64.const 63
          i64.shr_u
          local.set 10
          local.get 8
          i64.const 1
          i64.shl
          local.set 11
          local.get 9
          i64.const 1
          i64.shl
          local.get 8
          i64.const 63
          i64.shr_u
          i64.or
          local.set 8
          local.get 6
          i64.const 1
          i64.shl
          local.get 9
          i64.const 63
          i64.shr_u
          i64.or
          local.set 12
          local.get 5
          i64.const 1
          i64.shl
          local.set 5
          block  ;; label = @4
            block  ;; label = @5
              local.get 6
              i64.const 0
              i64.lt_s
              br_if 0 (;@5;)
              i64.const 0
              local.set 6
              local.get 12
              i64.const 0
              i64.ne
              br_if 0 (;@5;)
              local.get 8
              i64.const 432000000
              i64.ge_u
              br_if 0 (;@5;)
              local.get 8
              local.set 9
              br 1 (;@4;)
            end
            local.get 5
            i64.const 1
            i64.or
            local.set 5
            local.get 8
            i64.const -432000000
            i64.add
            local.set 9
            local.get 12
            local.get 8
            i64.const 432000000
            i64.lt_u
            i64.extend_i32_u
            i64.sub
            local.set 6
          end
          local.get 11
          local.get 10
          i64.or
          local.set 8
          local.get 1
          i32.const -1
          i32.add
          local.set 1
          br 0 (;@3;)
        end
      end
      local.get 5
      i64.const 432000000
      i64.div_u
      local.set 5
    end
    local.get 0
    local.get 7
    i64.store offset=16
    local.get 0
    local.get 5
    local.get 3
    local.get 4
    i64.sub
    local.tee 6
    local.get 5
    local.get 6
    i64.lt_u
    select
    local.get 4
    i64.add
    i64.store offset=8
    local.get 2
    i32.const 112
    i32.add
    global.set 0)
  (func (;11;) (type 4) (param i32 i32 i32)
    (local i32)
    global.get 0
    i32.const 48
    i32.sub
    local.tee 3
    global.set 0
    local.get 3
    i32.const 32
    i32.add
    i32.const 50
    call 2
    block  ;; label = @1
      block  ;; label = @2
        local.get 1
        i32.load offset=4
        i32.const 25
        i32.ne
        br_if 0 (;@2;)
        local.get 2
        i32.load offset=4
        i32.const 25
        i32.eq
        br_if 1 (;@1;)
      end
      local.get 3
      i32.const 38
      i32.store offset=28
      local.get 3
      i32.const 8574
      i32.store offset=24
      local.get 3
      local.get 3
      i64.load offset=24
      i64.store offset=16
      i32.const -1
      local.get 3
      i32.const 16
      i32.add
      call 18
      unreachable
    end
    local.get 3
    local.get 1
    i64.load align=4
    i64.store offset=8
    local.get 3
    i32.const 32
    i32.add
    local.get 3
    i32.const 8
    i32.add
    call 28
    local.get 3
    local.get 2
    i64.load align=4
    i64.store
    local.get 3
    i32.const 32
    i32.add
    local.get 3
    call 28
    local.get 0
    local.get 3
    i64.load offset=32
    i64.store align=4
    local.get 3
    i32.const 48
    i32.add
    global.set 0)
  (func (;12;) (type 6) (param i32)
    (local i32 i64 i64 i32 i32 i32 i32)
    global.get 0
    i32.const 320
    i32.sub
    local.tee 1
    global.set 0
    local.get 1
    local.get 0
    i64.load align=4
    i64.store offset=160
    local.get 1
    i32.const 304
    i32.add
    local.get 1
    i32.const 160
    i32.add
    i32.const 1
    call 4
    local.get 1
    local.get 0
    i64.load align=4
    i64.store offset=152
    local.get 1
    i32.const 296
    i32.add
    local.get 1
    i32.const 152
    i32.add
    i32.const 2
    call 4
    local.get 1
    local.get 0
    i64.load align=4
    i64.store offset=144
    local.get 1
    i32.const 144
    i32.add
    i32.const 3
    call 5
    local.set 2
    local.get 1
    local.get 0
    i64.load align=4
    i64.store offset=136
    local.get 1
    i32.const 136
    i32.add
    i32.const 4
    call 5
    local.set 3
    local.get 1
    i32.const 280
    i32.add
    i32.const 8176
    call 2
    local.get 1
    i32.const 264
    i32.add
    i32.const 50
    call 2
    block  ;; label = @1
      local.get 1
      i32.load offset=308
      i32.const 25
      i32.ne
      br_if 0 (;@1;)
      local.get 1
      i32.load offset=300
      i32.const 26
      i32.ge_u
      br_if 0 (;@1;)
      local.get 3
      i64.eqz
      local.set 0
      local.get 1
      local.get 1
      i64.load offset=304
      local.tee 3
      i64.store offset=184
      block  ;; label = @2
        local.get 3
        i64.const 4294967296
        i64.lt_u
        br_if 0 (;@2;)
        local.get 1
        local.get 1
        i64.load offset=184
        i64.store offset=120
        local.get 1
        i32.const 280
        i32.add
        i32.const 1
        local.get 1
        i32.const 120
        i32.add
        call 26
      end
      i32.const 304
      i32.const 305
      local.get 0
      select
      local.set 4
      local.get 2
      i32.wrap_i64
      local.set 5
      local.get 1
      local.get 1
      i64.load offset=304
      i64.store offset=112
      local.get 1
      i32.const 264
      i32.add
      local.get 1
      i32.const 112
      i32.add
      call 28
      local.get 1
      local.get 1
      i64.load offset=296
      i64.store offset=104
      local.get 1
      i32.const 264
      i32.add
      local.get 1
      i32.const 104
      i32.add
      call 28
      local.get 1
      i32.load offset=264
      local.get 1
      i32.load offset=268
      local.tee 0
      i32.add
      local.set 6
      local.get 0
      local.get 1
      i32.load offset=272
      local.tee 7
      local.get 0
      local.get 7
      i32.gt_u
      select
      local.tee 7
      local.get 0
      i32.sub
      local.set 0
      block  ;; label = @2
        loop  ;; label = @3
          local.get 0
          i32.eqz
          br_if 1 (;@2;)
          local.get 6
          i32.const 0
          i32.store8
          local.get 6
          i32.const 1
          i32.add
          local.set 6
          local.get 0
          i32.const -1
          i32.add
          local.set 0
          br 0 (;@3;)
        end
      end
      local.get 1
      local.get 7
      i32.store offset=268
      i32.const 0
      i32.load offset=25408
      local.set 6
      block  ;; label = @2
        loop  ;; label = @3
          local.get 5
          i32.const 1
          i32.lt_s
          br_if 1 (;@2;)
          local.get 1
          local.get 1
          i64.load offset=264
          local.tee 2
          i64.store offset=216
          local.get 1
          local.get 2
          i64.store offset=96
          local.get 1
          i32.const 224
          i32.add
          i32.const 2
          local.get 1
          i32.const 96
          i32.add
          i32.const 0
          call 32
          local.get 1
          i32.const 80
          i32.add
          i32.const 8
          i32.add
          local.get 1
          i32.const 224
          i32.add
          i32.const 8
          i32.add
          i32.load
          i32.store
          local.get 1
          local.get 1
          i64.load offset=224
          i64.store offset=80
          local.get 1
          i32.const 240
          i32.add
          local.get 4
          local.get 1
          i32.const 80
          i32.add
          i32.const 512
          call 3
          local.get 1
          local.get 1
          i64.load offset=240
          i64.store offset=72
          local.get 1
          i32.const 248
          i32.add
          local.get 1
          i32.const 72
          i32.add
          i32.const 1
          call 4
          local.get 1
          local.get 1
          i64.load offset=248
          i64.store offset=64
          local.get 1
          i32.const 208
          i32.add
          local.get 1
          i32.const 64
          i32.add
          i32.const 3
          call 4
          local.get 1
          i32.load offset=212
          local.get 1
          i32.load offset=272
          i32.ne
          br_if 1 (;@2;)
          local.get 1
          i32.load offset=208
          local.set 0
          local.get 1
          i32.const 25
          i32.store offset=204
          local.get 1
          local.get 0
          i32.store offset=200
          local.get 1
          local.get 1
          i64.load offset=304
          i64.store offset=48
          local.get 1
          local.get 1
          i64.load offset=200
          i64.store offset=56
          local.get 1
          i32.const 56
          i32.add
          local.get 1
          i32.const 48
          i32.add
          call 33
          i32.eqz
          br_if 1 (;@2;)
          local.get 1
          i32.const 184
          i32.add
          i32.const 41
          call 2
          local.get 1
          i32.const 25
          i32.store offset=316
          local.get 1
          local.get 0
          i32.const 25
          i32.add
          i32.store offset=312
          local.get 1
          local.get 1
          i64.load offset=312
          i64.store offset=40
          local.get 1
          i32.const 184
          i32.add
          i32.const 1
          local.get 1
          i32.const 40
          i32.add
          call 26
          local.get 1
          local.get 1
          i64.load offset=248
          i64.store offset=32
          local.get 1
          i32.const 176
          i32.add
          local.get 1
          i32.const 32
          i32.add
          i32.const 2
          call 4
          local.get 1
          local.get 1
          i64.load offset=176
          i64.store offset=24
          local.get 1
          i32.const 184
          i32.add
          i32.const 2
          local.get 1
          i32.const 24
          i32.add
          i32.const 1
          call 5
          call 21
          local.get 1
          local.get 1
          i64.load offset=184
          local.tee 2
          i64.store offset=168
          local.get 1
          local.get 2
          i64.store offset=16
          local.get 1
          i32.const 280
          i32.add
          i32.const 2
          local.get 1
          i32.const 16
          i32.add
          call 26
          local.get 1
          i32.const 0
          i32.store offset=268
          local.get 1
          local.get 1
          i64.load offset=208
          i64.store offset=8
          local.get 1
          i32.const 264
          i32.add
          local.get 1
          i32.const 8
          i32.add
          call 28
          i32.const 0
          local.get 6
          i32.store offset=25408
          local.get 5
          i32.const -1
          i32.add
          local.set 5
          br 0 (;@3;)
        end
      end
      local.get 1
      local.get 1
      i64.load offset=280
      local.tee 2
      i64.store
      local.get 1
      local.get 2
      i64.store offset=184
      i32.const 0
      i32.const 1
      local.get 1
      call 22
      unreachable
    end
    local.get 1
    i32.const 36
    i32.store offset=260
    local.get 1
    i32.const 8537
    i32.store offset=256
    local.get 1
    local.get 1
    i64.load offset=256
    i64.store offset=128
    i32.const -1
    local.get 1
    i32.const 128
    i32.add
    call 18
    unreachable)
  (func (;13;) (type 6) (param i32)
    (local i32 i64)
    global.get 0
    i32.const 272
    i32.sub
    local.tee 1
    global.set 0
    local.get 1
    local.get 0
    i64.load align=4
    i64.store offset=152
    local.get 1
    i32.const 256
    i32.add
    local.get 1
    i32.const 152
    i32.add
    i32.const 1
    call 4
    local.get 1
    local.get 0
    i64.load align=4
    i64.store offset=144
    local.get 1
    i32.const 248
    i32.add
    local.get 1
    i32.const 144
    i32.add
    i32.const 2
    call 4
    local.get 1
    local.get 0
    i64.load align=4
    i64.store offset=136
    local.get 1
    i32.const 136
    i32.add
    i32.const 3
    call 5
    local.set 2
    block  ;; label = @1
      block  ;; label = @2
        block  ;; label = @3
          local.get 1
          i32.load offset=260
          i32.eqz
          br_if 0 (;@3;)
          local.get 1
          i32.load offset=252
          i32.eqz
          br_if 0 (;@3;)
          local.get 1
          local.get 1
          i64.load offset=256
          i64.store offset=120
          local.get 1
          local.get 1
          i64.load offset=248
          i64.store offset=112
          local.get 1
          i32.const 120
          i32.add
          local.get 1
          i32.const 112
          i32.add
          call 33
          br_if 1 (;@2;)
          local.get 1
          i32.const 224
          i32.add
          call 23
          local.get 1
          local.get 1
          i64.load offset=224
          i64.store offset=96
          local.get 1
          local.get 1
          i64.load offset=256
          i64.store offset=88
          local.get 1
          i32.const 96
          i32.add
          local.get 1
          i32.const 88
          i32.add
          local.get 2
          call 34
          i32.eqz
          br_if 2 (;@1;)
          local.get 1
          local.get 1
          i64.load offset=256
          i64.store offset=80
          local.get 1
          i32.const 192
          i32.add
          local.get 1
          i32.const 80
          i32.add
          call 10
          local.get 1
          local.get 1
          i64.load offset=248
          i64.store offset=72
          local.get 1
          i32.const 168
          i32.add
          local.get 1
          i32.const 72
          i32.add
          call 10
          local.get 1
          i32.const 192
          i32.add
          local.get 2
          call 35
          local.get 1
          local.get 1
          i64.load offset=256
          i64.store offset=64
          local.get 1
          local.get 1
          i64.load offset=168
          local.get 2
          i64.add
          i64.store offset=168
          local.get 1
          local.get 1
          i64.load offset=176
          local.get 2
          i64.add
          i64.store offset=176
          local.get 1
          i32.const 64
          i32.add
          local.get 1
          i32.const 192
          i32.add
          call 24
          local.get 1
          local.get 1
          i64.load offset=248
          i64.store offset=56
          local.get 1
          i32.const 56
          i32.add
          local.get 1
          i32.const 168
          i32.add
          call 24
          local.get 1
          i32.const 37
          i32.store offset=164
          local.get 1
          i32.const 8371
          i32.store offset=160
          local.get 1
          local.get 1
          i64.load offset=160
          i64.store offset=48
          local.get 0
          i64.load align=4
          local.set 2
          local.get 1
          local.get 1
          i64.load offset=248
          i64.store offset=32
          local.get 1
          local.get 1
          i64.load offset=256
          i64.store offset=24
          local.get 1
          local.get 2
          i64.store offset=40
          local.get 1
          i32.const 48
          i32.add
          local.get 1
          i32.const 40
          i32.add
          local.get 1
          i32.const 32
          i32.add
          local.get 1
          i32.const 24
          i32.add
          call 36
          local.get 1
          i64.const 0
          i64.store offset=16
          local.get 1
          i64.const 0
          i64.store offset=264
          i32.const 0
          i32.const 1
          local.get 1
          i32.const 16
          i32.add
          call 22
          unreachable
        end
        local.get 1
        i32.const 28
        i32.store offset=244
        local.get 1
        i32.const 8666
        i32.store offset=240
        local.get 1
        local.get 1
        i64.load offset=240
        i64.store offset=128
        i32.const -1
        local.get 1
        i32.const 128
        i32.add
        call 18
        unreachable
      end
      local.get 1
      i32.const 32
      i32.store offset=236
      local.get 1
      i32.const 8232
      i32.store offset=232
      local.get 1
      local.get 1
      i64.load offset=232
      i64.store offset=104
      i32.const -1
      local.get 1
      i32.const 104
      i32.add
      call 18
      unreachable
    end
    local.get 1
    i32.const 36
    i32.store offset=220
    local.get 1
    i32.const 8613
    i32.store offset=216
    local.get 1
    local.get 1
    i64.load offset=216
    i64.store offset=8
    i32.const -200
    local.get 1
    i32.const 8
    i32.add
    call 18
    unreachable)
  (func (;14;) (type 6) (param i32)
    (local i32 i64 i64 i64)
    global.get 0
    i32.const 272
    i32.sub
    local.tee 1
    global.set 0
    local.get 1
    local.get 0
    i64.load align=4
    i64.store offset=152
    local.get 1
    i32.const 256
    i32.add
    local.get 1
    i32.const 152
    i32.add
    i32.const 1
    call 4
    local.get 1
    local.get 0
    i64.load align=4
    i64.store offset=144
    local.get 1
    i32.const 144
    i32.add
    i32.const 2
    call 5
    local.set 2
    local.get 1
    i64.const 0
    i64.store offset=248
    local.get 1
    i64.const 0
    i64.store offset=136
    i32.const 0
    local.get 1
    i32.const 136
    i32.add
    call 9
    local.set 3
    block  ;; label = @1
      block  ;; label = @2
        block  ;; label = @3
          local.get 1
          i32.load offset=260
          i32.eqz
          br_if 0 (;@3;)
          local.get 1
          i32.const 232
          i32.add
          call 23
          local.get 1
          local.get 1
          i64.load offset=232
          local.tee 4
          i64.store offset=184
          local.get 1
          local.get 4
          i64.store offset=128
          block  ;; label = @4
            local.get 1
            i32.const 128
            i32.add
            i32.const 2
            call 5
            i64.eqz
            br_if 0 (;@4;)
            local.get 1
            i32.const 184
            i32.add
            i32.const 0
            call 2
            local.get 1
            i32.const 112
            i32.add
            i32.const 8
            i32.add
            local.get 1
            i32.const 184
            i32.add
            i32.const 8
            i32.add
            i32.load
            i32.store
            local.get 1
            local.get 1
            i64.load offset=184
            i64.store offset=112
            local.get 1
            i32.const 264
            i32.add
            i32.const 110
            local.get 1
            i32.const 112
            i32.add
            i32.const 512
            call 3
            local.get 1
            local.get 1
            i64.load offset=264
            i64.store offset=104
            local.get 1
            i32.const 104
            i32.add
            i32.const 1
            call 5
            i64.const 0
            i64.ne
            br_if 0 (;@4;)
            local.get 1
            i32.const 224
            i32.add
            call 37
            local.get 1
            local.get 1
            i64.load offset=224
            i64.store offset=96
            local.get 1
            i32.const 96
            i32.add
            call 38
            i32.eqz
            br_if 2 (;@2;)
          end
          local.get 2
          local.get 3
          i64.const -1
          i64.xor
          i64.gt_u
          br_if 2 (;@1;)
          local.get 1
          local.get 1
          i64.load offset=256
          i64.store offset=80
          local.get 1
          i32.const 184
          i32.add
          local.get 1
          i32.const 80
          i32.add
          call 10
          local.get 1
          local.get 1
          i64.load offset=256
          i64.store offset=72
          local.get 1
          local.get 1
          i64.load offset=184
          local.get 2
          i64.add
          i64.store offset=184
          local.get 1
          local.get 1
          i64.load offset=192
          local.get 2
          i64.add
          i64.store offset=192
          local.get 1
          i32.const 72
          i32.add
          local.get 1
          i32.const 184
          i32.add
          call 24
          local.get 1
          i64.const 0
          i64.store offset=176
          local.get 1
          i64.const 0
          i64.store offset=64
          i32.const 0
          local.get 1
          i32.const 64
          i32.add
          local.get 3
          local.get 2
          i64.add
          call 39
          local.get 1
          i32.const 33
          i32.store offset=172
          local.get 1
          i32.const 8337
          i32.store offset=168
          local.get 1
          i64.const 0
          i64.store offset=160
          local.get 1
          local.get 1
          i64.load offset=168
          i64.store offset=56
          local.get 0
          i64.load align=4
          local.set 2
          local.get 1
          local.get 1
          i64.load offset=256
          i64.store offset=40
          local.get 1
          i64.const 0
          i64.store offset=32
          local.get 1
          local.get 2
          i64.store offset=48
          local.get 1
          i32.const 56
          i32.add
          local.get 1
          i32.const 48
          i32.add
          local.get 1
          i32.const 40
          i32.add
          local.get 1
          i32.const 32
          i32.add
          call 36
          local.get 1
          i64.const 0
          i64.store offset=24
          local.get 1
          i64.const 0
          i64.store offset=264
          i32.const 0
          i32.const 1
          local.get 1
          i32.const 24
          i32.add
          call 22
          unreachable
        end
        local.get 1
        i32.const 15
        i32.store offset=244
        local.get 1
        i32.const 8650
        i32.store offset=240
        local.get 1
        local.get 1
        i64.load offset=240
        i64.store offset=8
        i32.const -1
        local.get 1
        i32.const 8
        i32.add
        call 18
        unreachable
      end
      local.get 1
      i32.const 51
      i32.store offset=220
      local.get 1
      i32.const 8285
      i32.store offset=216
      local.get 1
      local.get 1
      i64.load offset=216
      i64.store offset=88
      i32.const -200
      local.get 1
      i32.const 88
      i32.add
      call 18
      unreachable
    end
    local.get 1
    i32.const 25
    i32.store offset=212
    local.get 1
    i32.const 8206
    i32.store offset=208
    local.get 1
    local.get 1
    i64.load offset=208
    i64.store offset=16
    i32.const -1
    local.get 1
    i32.const 16
    i32.add
    call 18
    unreachable)
  (func (;15;) (type 6) (param i32)
    (local i32 i64 i64)
    global.get 0
    i32.const 240
    i32.sub
    local.tee 1
    global.set 0
    local.get 1
    local.get 0
    i64.load align=4
    i64.store offset=128
    local.get 1
    i32.const 224
    i32.add
    local.get 1
    i32.const 128
    i32.add
    i32.const 1
    call 4
    local.get 1
    i32.const 216
    i32.add
    call 23
    local.get 1
    local.get 0
    i64.load align=4
    i64.store offset=120
    local.get 1
    i32.const 120
    i32.add
    i32.const 2
    call 5
    local.set 2
    local.get 1
    i64.const 0
    i64.store offset=208
    local.get 1
    i64.const 0
    i64.store offset=112
    i32.const 0
    local.get 1
    i32.const 112
    i32.add
    call 9
    local.set 3
    block  ;; label = @1
      block  ;; label = @2
        block  ;; label = @3
          local.get 1
          i32.load offset=228
          i32.eqz
          br_if 0 (;@3;)
          local.get 1
          local.get 1
          i64.load offset=216
          i64.store offset=104
          local.get 1
          local.get 1
          i64.load offset=224
          i64.store offset=96
          local.get 1
          i32.const 104
          i32.add
          local.get 1
          i32.const 96
          i32.add
          local.get 2
          call 34
          i32.eqz
          br_if 1 (;@2;)
          local.get 1
          local.get 1
          i64.load offset=224
          i64.store offset=88
          local.get 1
          i32.const 168
          i32.add
          local.get 1
          i32.const 88
          i32.add
          call 10
          local.get 1
          i32.const 168
          i32.add
          local.get 2
          call 35
          local.get 3
          local.get 2
          i64.lt_u
          br_if 2 (;@1;)
          local.get 1
          local.get 1
          i64.load offset=224
          i64.store offset=80
          local.get 1
          i32.const 80
          i32.add
          local.get 1
          i32.const 168
          i32.add
          call 24
          local.get 1
          i64.const 0
          i64.store offset=152
          local.get 1
          i64.const 0
          i64.store offset=72
          i32.const 0
          local.get 1
          i32.const 72
          i32.add
          local.get 3
          local.get 2
          i64.sub
          call 39
          local.get 1
          i32.const 33
          i32.store offset=148
          local.get 1
          i32.const 8409
          i32.store offset=144
          local.get 1
          i64.const 0
          i64.store offset=136
          local.get 1
          local.get 1
          i64.load offset=144
          i64.store offset=64
          local.get 0
          i64.load align=4
          local.set 2
          local.get 1
          local.get 1
          i64.load offset=224
          i64.store offset=48
          local.get 1
          i64.const 0
          i64.store offset=40
          local.get 1
          local.get 2
          i64.store offset=56
          local.get 1
          i32.const 64
          i32.add
          local.get 1
          i32.const 56
          i32.add
          local.get 1
          i32.const 48
          i32.add
          local.get 1
          i32.const 40
          i32.add
          call 36
          local.get 1
          i64.const 0
          i64.store offset=32
          local.get 1
          i64.const 0
          i64.store offset=232
          i32.const 0
          i32.const 1
          local.get 1
          i32.const 32
          i32.add
          call 22
          unreachable
        end
        local.get 1
        i32.const 17
        i32.store offset=204
        local.get 1
        i32.const 8733
        i32.store offset=200
        local.get 1
        local.get 1
        i64.load offset=200
        i64.store offset=8
        i32.const -1
        local.get 1
        i32.const 8
        i32.add
        call 18
        unreachable
      end
      local.get 1
      i32.const 32
      i32.store offset=196
      local.get 1
      i32.const 8695
      i32.store offset=192
      local.get 1
      local.get 1
      i64.load offset=192
      i64.store offset=16
      i32.const -200
      local.get 1
      i32.const 16
      i32.add
      call 18
      unreachable
    end
    local.get 1
    i32.const 28
    i32.store offset=164
    local.get 1
    i32.const 8508
    i32.store offset=160
    local.get 1
    local.get 1
    i64.load offset=160
    i64.store offset=24
    i32.const -1
    local.get 1
    i32.const 24
    i32.add
    call 18
    unreachable)
  (func (;16;) (type 6) (param i32)
    (local i32 i64)
    global.get 0
    i32.const 160
    i32.sub
    local.tee 1
    global.set 0
    local.get 1
    local.get 0
    i64.load align=4
    i64.store offset=104
    local.get 1
    i32.const 144
    i32.add
    local.get 1
    i32.const 104
    i32.add
    i32.const 1
    call 4
    local.get 1
    local.get 0
    i64.load align=4
    i64.store offset=96
    local.get 1
    i32.const 136
    i32.add
    local.get 1
    i32.const 96
    i32.add
    i32.const 2
    call 4
    local.get 1
    local.get 1
    i64.load offset=144
    i64.store offset=88
    local.get 1
    local.get 1
    i64.load offset=136
    i64.store offset=80
    local.get 1
    i32.const 128
    i32.add
    local.get 1
    i32.const 88
    i32.add
    local.get 1
    i32.const 80
    i32.add
    call 11
    local.get 1
    local.get 1
    i64.load offset=144
    i64.store offset=72
    block  ;; label = @1
      local.get 1
      i32.const 72
      i32.add
      call 38
      br_if 0 (;@1;)
      local.get 1
      i32.const 41
      i32.store offset=124
      local.get 1
      i32.const 8751
      i32.store offset=120
      local.get 1
      local.get 1
      i64.load offset=120
      i64.store offset=8
      i32.const -200
      local.get 1
      i32.const 8
      i32.add
      call 18
      unreachable
    end
    local.get 1
    local.get 0
    i64.load align=4
    i64.store offset=64
    local.get 1
    i32.const 64
    i32.add
    i32.const 3
    call 5
    local.set 2
    local.get 1
    local.get 1
    i64.load offset=128
    i64.store offset=56
    local.get 1
    i32.const 56
    i32.add
    local.get 2
    call 40
    local.get 1
    i32.const 36
    i32.store offset=116
    local.get 1
    i32.const 8443
    i32.store offset=112
    local.get 1
    local.get 1
    i64.load offset=112
    i64.store offset=48
    local.get 0
    i64.load align=4
    local.set 2
    local.get 1
    local.get 1
    i64.load offset=144
    i64.store offset=32
    local.get 1
    local.get 1
    i64.load offset=136
    i64.store offset=24
    local.get 1
    local.get 2
    i64.store offset=40
    local.get 1
    i32.const 48
    i32.add
    local.get 1
    i32.const 40
    i32.add
    local.get 1
    i32.const 32
    i32.add
    local.get 1
    i32.const 24
    i32.add
    call 36
    local.get 1
    i64.const 0
    i64.store offset=16
    local.get 1
    i64.const 0
    i64.store offset=152
    i32.const 0
    i32.const 1
    local.get 1
    i32.const 16
    i32.add
    call 22
    unreachable)
  (func (;17;) (type 6) (param i32)
    (local i32 i64 i64)
    global.get 0
    i32.const 112
    i32.sub
    local.tee 1
    global.set 0
    local.get 1
    local.get 0
    i64.load align=4
    i64.store offset=56
    local.get 1
    i32.const 96
    i32.add
    local.get 1
    i32.const 56
    i32.add
    i32.const 1
    call 4
    local.get 1
    local.get 0
    i64.load align=4
    i64.store offset=48
    local.get 1
    i32.const 48
    i32.add
    i32.const 2
    call 5
    local.set 2
    local.get 1
    i32.const 88
    i32.add
    call 23
    local.get 1
    local.get 1
    i64.load offset=88
    local.tee 3
    i64.store offset=64
    local.get 1
    local.get 3
    i64.store offset=40
    block  ;; label = @1
      block  ;; label = @2
        local.get 1
        i32.const 40
        i32.add
        i32.const 2
        call 5
        i64.eqz
        i32.eqz
        br_if 0 (;@2;)
        local.get 1
        local.get 1
        i64.load offset=96
        i64.store offset=24
        local.get 1
        i32.const 64
        i32.add
        local.get 1
        i32.const 24
        i32.add
        call 10
        local.get 1
        i64.load offset=72
        local.tee 3
        local.get 2
        i64.lt_u
        br_if 1 (;@1;)
        local.get 1
        local.get 1
        i64.load offset=96
        i64.store offset=16
        local.get 1
        local.get 3
        local.get 2
        i64.sub
        i64.store offset=72
        local.get 1
        i32.const 16
        i32.add
        local.get 1
        i32.const 64
        i32.add
        call 24
        i64.const 1
        call 7
        unreachable
      end
      local.get 1
      i64.const 0
      i64.store offset=64
      local.get 1
      i64.const 0
      i64.store offset=32
      i32.const 0
      i32.const 1
      local.get 1
      i32.const 32
      i32.add
      call 22
      unreachable
    end
    local.get 1
    i64.const 0
    i64.store offset=104
    local.get 1
    i64.const 0
    i64.store offset=8
    i32.const 0
    i32.const 1
    local.get 1
    i32.const 8
    i32.add
    call 22
    unreachable)
  (func (;18;) (type 2) (param i32 i32)
    (local i32 i64)
    global.get 0
    i32.const 48
    i32.sub
    local.tee 2
    global.set 0
    local.get 2
    i32.const 40
    i32.add
    i32.const 0
    i32.load offset=8932
    i32.store
    local.get 2
    i32.const 0
    i64.load offset=8924 align=4
    i64.store offset=32
    local.get 2
    local.get 1
    i64.load align=4
    i64.store offset=16
    local.get 2
    i32.const 32
    i32.add
    i32.const 1
    local.get 2
    i32.const 16
    i32.add
    call 25
    local.get 2
    local.get 2
    i64.load offset=32
    local.tee 3
    i64.store offset=24
    local.get 2
    local.get 3
    i64.store offset=8
    local.get 0
    i32.const 2
    local.get 2
    i32.const 8
    i32.add
    call 22
    unreachable)
  (func (;19;) (type 8) (param i32 i32 i32) (result i32)
    (local i32 i64)
    global.get 0
    i32.const 96
    i32.sub
    local.tee 3
    global.set 0
    local.get 3
    local.get 1
    i64.load align=4
    i64.store offset=48
    local.get 3
    i32.const 64
    i32.add
    local.get 0
    local.get 3
    i32.const 48
    i32.add
    i32.const 0
    call 32
    local.get 3
    i32.const 32
    i32.add
    i32.const 8
    i32.add
    local.get 3
    i32.const 64
    i32.add
    i32.const 8
    i32.add
    i32.load
    i32.store
    local.get 3
    local.get 3
    i64.load offset=64
    i64.store offset=32
    local.get 3
    i32.const 80
    i32.add
    i32.const 303
    local.get 3
    i32.const 32
    i32.add
    i32.const 2048
    call 3
    local.get 3
    local.get 3
    i64.load offset=80
    i64.store offset=24
    local.get 3
    i32.const 88
    i32.add
    local.get 3
    i32.const 24
    i32.add
    i32.const 1
    call 4
    local.get 3
    local.get 3
    i64.load offset=88
    i64.store offset=16
    local.get 3
    i32.const 56
    i32.add
    local.get 3
    i32.const 16
    i32.add
    i32.const 2
    call 4
    local.get 2
    local.get 3
    i64.load offset=56
    i64.store align=4
    local.get 3
    local.get 3
    i64.load offset=88
    i64.store offset=8
    local.get 3
    i32.const 8
    i32.add
    i32.const 1
    call 5
    local.set 4
    local.get 3
    i32.const 96
    i32.add
    global.set 0
    local.get 4
    i64.const 0
    i64.ne)
  (func (;20;) (type 9) (param i32 i32) (result i32)
    (local i32 i64)
    global.get 0
    i32.const 16
    i32.sub
    local.tee 2
    global.set 0
    block  ;; label = @1
      block  ;; label = @2
        local.get 0
        i32.load offset=4
        br_if 0 (;@2;)
        i32.const 0
        local.set 0
        br 1 (;@1;)
      end
      local.get 0
      call 29
      local.set 3
      local.get 1
      i64.const 0
      i64.store offset=16
      local.get 1
      i64.const 0
      i64.store offset=8
      local.get 1
      local.get 3
      i64.const 3
      i64.shr_u
      i64.store32
      block  ;; label = @2
        block  ;; label = @3
          block  ;; label = @4
            local.get 3
            i64.const 7
            i64.and
            local.tee 3
            i64.const 5
            i64.gt_u
            br_if 0 (;@4;)
            block  ;; label = @5
              block  ;; label = @6
                block  ;; label = @7
                  local.get 3
                  i32.wrap_i64
                  br_table 4 (;@3;) 0 (;@7;) 1 (;@6;) 3 (;@4;) 3 (;@4;) 2 (;@5;) 4 (;@3;)
                end
                local.get 2
                i32.const 8
                i32.add
                local.get 0
                i64.const 8
                call 30
                br 4 (;@2;)
              end
              local.get 2
              i32.const 8
              i32.add
              local.get 0
              local.get 0
              call 29
              call 30
              local.get 1
              local.get 2
              i64.load offset=8
              i64.store offset=16
              br 3 (;@2;)
            end
            local.get 2
            i32.const 8
            i32.add
            local.get 0
            i64.const 4
            call 30
            br 2 (;@2;)
          end
          call 31
          unreachable
        end
        local.get 1
        local.get 0
        call 29
        i64.store offset=8
      end
      i32.const 1
      local.set 0
    end
    local.get 2
    i32.const 16
    i32.add
    global.set 0
    local.get 0)
  (func (;21;) (type 10) (param i32 i32 i64)
    block  ;; label = @1
      local.get 2
      i64.eqz
      br_if 0 (;@1;)
      local.get 0
      local.get 1
      i64.extend_i32_u
      i64.const 3
      i64.shl
      call 27
      local.get 0
      local.get 2
      call 27
    end)
  (func (;22;) (type 4) (param i32 i32 i32)
    (local i32 i64)
    global.get 0
    i32.const 64
    i32.sub
    local.tee 3
    global.set 0
    local.get 3
    i32.const 48
    i32.add
    i32.const 8
    i32.add
    i32.const 0
    i32.load offset=8908
    i32.store
    local.get 3
    i32.const 0
    i64.load offset=8900 align=4
    i64.store offset=48
    local.get 3
    i32.const 32
    i32.add
    i32.const 8
    i32.add
    i32.const 0
    i32.load offset=8920
    i32.store
    local.get 3
    i32.const 0
    i64.load offset=8912 align=4
    i64.store offset=32
    local.get 3
    local.get 2
    i64.load align=4
    i64.store offset=8
    local.get 3
    i32.const 32
    i32.add
    local.get 1
    local.get 3
    i32.const 8
    i32.add
    call 26
    local.get 3
    i32.const 48
    i32.add
    i32.const 1
    local.get 0
    i64.extend_i32_s
    call 21
    local.get 3
    local.get 3
    i64.load offset=32
    local.tee 4
    i64.store offset=16
    local.get 3
    local.get 4
    i64.store
    local.get 3
    i32.const 48
    i32.add
    i32.const 2
    local.get 3
    call 26
    i32.const 602
    i32.const 0
    i32.const 0
    local.get 3
    i32.load offset=48
    local.get 3
    i32.load offset=52
    local.get 3
    i32.const 28
    i32.add
    call 0
    drop
    unreachable
    unreachable)
  (func (;23;) (type 6) (param i32)
    (local i32)
    global.get 0
    i32.const 48
    i32.sub
    local.tee 1
    global.set 0
    local.get 1
    i32.const 24
    i32.add
    i32.const 0
    call 2
    local.get 1
    i32.const 8
    i32.add
    i32.const 8
    i32.add
    local.get 1
    i32.const 24
    i32.add
    i32.const 8
    i32.add
    i32.load
    i32.store
    local.get 1
    local.get 1
    i64.load offset=24
    i64.store offset=8
    local.get 1
    i32.const 40
    i32.add
    i32.const 605
    local.get 1
    i32.const 8
    i32.add
    i32.const 512
    call 3
    local.get 1
    local.get 1
    i64.load offset=40
    i64.store
    local.get 0
    local.get 1
    i32.const 1
    call 4
    local.get 1
    i32.const 48
    i32.add
    global.set 0)
  (func (;24;) (type 2) (param i32 i32)
    (local i32 i64 i64)
    global.get 0
    i32.const 48
    i32.sub
    local.tee 2
    global.set 0
    local.get 2
    i32.const 32
    i32.add
    i32.const 48
    call 2
    local.get 2
    i32.const 32
    i32.add
    i32.const 1
    local.get 1
    i64.load
    call 21
    local.get 2
    i32.const 32
    i32.add
    i32.const 2
    local.get 1
    i64.load offset=8
    call 21
    local.get 2
    i32.const 32
    i32.add
    i32.const 3
    local.get 1
    i64.load offset=16
    call 21
    local.get 2
    local.get 2
    i64.load offset=32
    local.tee 3
    i64.store offset=24
    local.get 0
    i64.load align=4
    local.set 4
    local.get 2
    local.get 3
    i64.store offset=8
    local.get 2
    local.get 4
    i64.store offset=16
    i32.const 1
    local.get 2
    i32.const 16
    i32.add
    local.get 2
    i32.const 8
    i32.add
    call 41
    local.get 2
    i32.const 48
    i32.add
    global.set 0)
  (func (;25;) (type 4) (param i32 i32 i32)
    (local i32)
    global.get 0
    i32.const 16
    i32.sub
    local.tee 3
    global.set 0
    block  ;; label = @1
      local.get 2
      i32.load offset=4
      i32.eqz
      br_if 0 (;@1;)
      local.get 3
      local.get 2
      i64.load align=4
      i64.store offset=8
      local.get 0
      local.get 1
      local.get 3
      i32.const 8
      i32.add
      call 26
    end
    local.get 3
    i32.const 16
    i32.add
    global.set 0)
  (func (;26;) (type 4) (param i32 i32 i32)
    (local i32)
    global.get 0
    i32.const 16
    i32.sub
    local.tee 3
    global.set 0
    local.get 0
    local.get 1
    i64.extend_i32_u
    i64.const 3
    i64.shl
    i64.const 2
    i64.or
    call 27
    local.get 0
    local.get 2
    i64.load32_u offset=4
    call 27
    local.get 3
    local.get 2
    i64.load align=4
    i64.store offset=8
    local.get 0
    local.get 3
    i32.const 8
    i32.add
    call 28
    local.get 3
    i32.const 16
    i32.add
    global.set 0)
  (func (;27;) (type 11) (param i32 i64)
    (local i32 i32 i32)
    global.get 0
    i32.const 32
    i32.sub
    local.tee 2
    global.set 0
    i32.const 0
    local.set 3
    block  ;; label = @1
      loop  ;; label = @2
        local.get 1
        i32.wrap_i64
        local.set 4
        local.get 1
        i64.const 128
        i64.lt_u
        br_if 1 (;@1;)
        local.get 2
        i32.const 22
        i32.add
        local.get 3
        i32.add
        local.get 4
        i32.const 128
        i32.or
        i32.store8
        local.get 1
        i64.const 7
        i64.shr_u
        local.set 1
        local.get 3
        i32.const 1
        i32.add
        local.set 3
        br 0 (;@2;)
      end
    end
    local.get 2
    i32.const 22
    i32.add
    local.get 3
    i32.add
    local.get 4
    i32.store8
    local.get 2
    local.get 3
    i32.const 1
    i32.add
    i32.store offset=12
    local.get 2
    local.get 2
    i32.const 22
    i32.add
    i32.store offset=8
    local.get 2
    local.get 2
    i64.load offset=8
    i64.store
    local.get 0
    local.get 2
    call 28
    local.get 2
    i32.const 32
    i32.add
    global.set 0)
  (func (;28;) (type 2) (param i32 i32)
    (local i32 i32 i32 i32)
    global.get 0
    i32.const 16
    i32.sub
    local.tee 2
    global.set 0
    block  ;; label = @1
      block  ;; label = @2
        local.get 1
        i32.load offset=4
        local.tee 3
        local.get 0
        i32.load offset=8
        local.get 0
        i32.load offset=4
        i32.sub
        i32.gt_u
        br_if 0 (;@2;)
        local.get 1
        i32.load
        local.set 1
        loop  ;; label = @3
          local.get 3
          i32.eqz
          br_if 2 (;@1;)
          local.get 1
          i32.load8_u
          local.set 4
          local.get 0
          local.get 0
          i32.load offset=4
          local.tee 5
          i32.const 1
          i32.add
          i32.store offset=4
          local.get 5
          local.get 0
          i32.load
          i32.add
          local.get 4
          i32.store8
          local.get 1
          i32.const 1
          i32.add
          local.set 1
          local.get 3
          i32.const -1
          i32.add
          local.set 3
          br 0 (;@3;)
        end
      end
      local.get 2
      i32.const 22
      i32.store offset=12
      local.get 2
      i32.const 8793
      i32.store offset=8
      local.get 2
      local.get 2
      i64.load offset=8
      i64.store
      i32.const 1
      local.get 2
      call 18
      unreachable
    end
    local.get 2
    i32.const 16
    i32.add
    global.set 0)
  (func (;29;) (type 12) (param i32) (result i64)
    (local i64 i64 i32)
    i64.const 0
    local.set 1
    i64.const 0
    local.set 2
    block  ;; label = @1
      loop  ;; label = @2
        local.get 1
        i64.const 69
        i64.gt_u
        br_if 1 (;@1;)
        local.get 0
        i32.load offset=4
        local.tee 3
        i32.eqz
        br_if 1 (;@1;)
        local.get 0
        local.get 3
        i32.const -1
        i32.add
        i32.store offset=4
        local.get 0
        local.get 0
        i32.load
        local.tee 3
        i32.const 1
        i32.add
        i32.store
        local.get 3
        i32.load8_s
        local.tee 3
        i32.const 127
        i32.and
        i64.extend_i32_u
        local.get 1
        i64.shl
        local.get 2
        i64.or
        local.set 2
        local.get 1
        i64.const 7
        i64.add
        local.set 1
        local.get 3
        i32.const -1
        i32.le_s
        br_if 0 (;@2;)
      end
      local.get 2
      return
    end
    call 31
    unreachable)
  (func (;30;) (type 10) (param i32 i32 i64)
    (local i32 i32 i32)
    block  ;; label = @1
      local.get 1
      i32.load offset=4
      local.tee 3
      i64.extend_i32_u
      local.get 2
      i64.ge_u
      br_if 0 (;@1;)
      call 31
      unreachable
    end
    local.get 0
    local.get 2
    i32.wrap_i64
    local.tee 4
    i32.store offset=4
    local.get 0
    local.get 1
    i32.load
    local.tee 5
    i32.store
    local.get 1
    local.get 3
    local.get 4
    i32.sub
    i32.store offset=4
    local.get 1
    local.get 5
    local.get 4
    i32.add
    i32.store)
  (func (;31;) (type 1)
    (local i32)
    global.get 0
    i32.const 16
    i32.sub
    local.tee 0
    global.set 0
    local.get 0
    i32.const 22
    i32.store offset=12
    local.get 0
    i32.const 8816
    i32.store offset=8
    local.get 0
    local.get 0
    i64.load offset=8
    i64.store
    i32.const 1
    local.get 0
    call 18
    unreachable)
  (func (;32;) (type 3) (param i32 i32 i32 i32)
    (local i32 i64)
    global.get 0
    i32.const 64
    i32.sub
    local.tee 4
    global.set 0
    local.get 4
    i32.const 40
    i32.add
    i32.const 512
    call 2
    local.get 0
    local.get 3
    local.get 2
    i32.load offset=4
    i32.add
    i32.const 512
    i32.add
    call 2
    local.get 4
    i32.const 40
    i32.add
    i32.const 1
    i64.const 1
    call 21
    local.get 4
    i32.const 32
    i32.add
    call 37
    local.get 4
    local.get 4
    i64.load offset=32
    local.tee 5
    i64.store offset=56
    block  ;; label = @1
      local.get 5
      i64.const 4294967296
      i64.lt_u
      br_if 0 (;@1;)
      local.get 4
      local.get 4
      i64.load offset=56
      i64.store offset=16
      local.get 4
      i32.const 40
      i32.add
      i32.const 2
      local.get 4
      i32.const 16
      i32.add
      call 26
    end
    local.get 4
    i32.const 40
    i32.add
    i32.const 3
    local.get 1
    i64.extend_i32_u
    call 21
    local.get 4
    local.get 4
    i64.load offset=40
    local.tee 5
    i64.store offset=24
    local.get 4
    local.get 5
    i64.store offset=8
    local.get 0
    i32.const 1
    local.get 4
    i32.const 8
    i32.add
    call 26
    local.get 4
    local.get 2
    i64.load align=4
    local.tee 5
    i64.store offset=56
    block  ;; label = @1
      local.get 5
      i64.const 4294967296
      i64.lt_u
      br_if 0 (;@1;)
      local.get 4
      local.get 4
      i64.load offset=56
      i64.store
      local.get 0
      i32.const 2
      local.get 4
      call 26
    end
    local.get 4
    i32.const 64
    i32.add
    global.set 0)
  (func (;33;) (type 9) (param i32 i32) (result i32)
    (local i32 i32 i32)
    i32.const 0
    local.set 2
    block  ;; label = @1
      local.get 0
      i32.load offset=4
      local.tee 3
      local.get 1
      i32.load offset=4
      i32.ne
      br_if 0 (;@1;)
      local.get 1
      i32.load
      local.set 2
      local.get 0
      i32.load
      local.set 4
      i32.const 0
      local.set 1
      block  ;; label = @2
        loop  ;; label = @3
          local.get 3
          local.get 1
          local.tee 0
          i32.eq
          br_if 1 (;@2;)
          local.get 0
          i32.const 1
          i32.add
          local.set 1
          local.get 4
          local.get 0
          i32.add
          i32.load8_u
          local.get 2
          local.get 0
          i32.add
          i32.load8_u
          i32.eq
          br_if 0 (;@3;)
        end
      end
      local.get 0
      local.get 3
      i32.ge_u
      local.set 2
    end
    local.get 2)
  (func (;34;) (type 13) (param i32 i32 i64) (result i32)
    (local i32 i64)
    global.get 0
    i32.const 64
    i32.sub
    local.tee 3
    global.set 0
    local.get 3
    local.get 0
    i64.load align=4
    local.tee 4
    i64.store offset=56
    local.get 3
    local.get 4
    i64.store offset=40
    local.get 3
    i32.const 48
    i32.add
    local.get 3
    i32.const 40
    i32.add
    i32.const 1
    call 4
    block  ;; label = @1
      block  ;; label = @2
        local.get 2
        i64.eqz
        br_if 0 (;@2;)
        local.get 3
        i32.load offset=52
        i32.const 25
        i32.ne
        br_if 0 (;@2;)
        local.get 1
        i32.load offset=4
        i32.const 25
        i32.ne
        br_if 0 (;@2;)
        local.get 3
        local.get 1
        i64.load align=4
        i64.store offset=32
        local.get 3
        local.get 3
        i64.load offset=48
        i64.store offset=24
        local.get 3
        i32.const 56
        i32.add
        local.get 3
        i32.const 32
        i32.add
        local.get 3
        i32.const 24
        i32.add
        call 11
        local.get 3
        local.get 3
        i64.load offset=56
        i64.store offset=16
        i32.const 2
        local.get 3
        i32.const 16
        i32.add
        call 9
        local.tee 4
        local.get 2
        i64.lt_u
        br_if 0 (;@2;)
        local.get 3
        local.get 3
        i64.load offset=56
        i64.store offset=8
        local.get 3
        i32.const 8
        i32.add
        local.get 4
        local.get 2
        i64.sub
        call 40
        i32.const 1
        local.set 1
        br 1 (;@1;)
      end
      local.get 3
      local.get 1
      i64.load align=4
      i64.store
      local.get 3
      call 38
      local.set 1
    end
    local.get 3
    i32.const 64
    i32.add
    global.set 0
    local.get 1)
  (func (;35;) (type 11) (param i32 i64)
    (local i32 i64 i64)
    global.get 0
    i32.const 32
    i32.sub
    local.tee 2
    global.set 0
    block  ;; label = @1
      block  ;; label = @2
        local.get 0
        i64.load
        local.tee 3
        local.get 1
        i64.lt_u
        br_if 0 (;@2;)
        local.get 0
        i64.load offset=8
        local.tee 4
        local.get 1
        i64.lt_u
        br_if 1 (;@1;)
        local.get 0
        local.get 4
        local.get 1
        i64.sub
        i64.store offset=8
        local.get 0
        local.get 3
        local.get 1
        i64.sub
        i64.store
        local.get 2
        i32.const 32
        i32.add
        global.set 0
        return
      end
      local.get 2
      i32.const 27
      i32.store offset=28
      local.get 2
      i32.const 8480
      i32.store offset=24
      local.get 2
      local.get 2
      i64.load offset=24
      i64.store
      i32.const -1
      local.get 2
      call 18
      unreachable
    end
    local.get 2
    i32.const 53
    i32.store offset=20
    local.get 2
    i32.const 8839
    i32.store offset=16
    local.get 2
    local.get 2
    i64.load offset=16
    i64.store offset=8
    i32.const -1
    local.get 2
    i32.const 8
    i32.add
    call 18
    unreachable)
  (func (;36;) (type 3) (param i32 i32 i32 i32)
    (local i32 i64)
    global.get 0
    i32.const 80
    i32.sub
    local.tee 4
    global.set 0
    local.get 4
    i32.const 56
    i32.add
    local.get 0
    i32.load offset=4
    local.get 1
    i32.load offset=4
    i32.add
    local.get 2
    i32.load offset=4
    i32.add
    local.get 3
    i32.load offset=4
    i32.add
    i32.const 32
    i32.add
    call 2
    local.get 4
    local.get 0
    i64.load align=4
    local.tee 5
    i64.store offset=72
    block  ;; label = @1
      local.get 5
      i64.const 4294967296
      i64.lt_u
      br_if 0 (;@1;)
      local.get 4
      local.get 4
      i64.load offset=72
      i64.store offset=48
      local.get 4
      i32.const 56
      i32.add
      i32.const 1
      local.get 4
      i32.const 48
      i32.add
      call 26
    end
    local.get 4
    local.get 1
    i64.load align=4
    local.tee 5
    i64.store offset=72
    block  ;; label = @1
      local.get 5
      i64.const 4294967296
      i64.lt_u
      br_if 0 (;@1;)
      local.get 4
      local.get 4
      i64.load offset=72
      i64.store offset=40
      local.get 4
      i32.const 56
      i32.add
      i32.const 2
      local.get 4
      i32.const 40
      i32.add
      call 26
    end
    local.get 4
    local.get 2
    i64.load align=4
    local.tee 5
    i64.store offset=72
    block  ;; label = @1
      local.get 5
      i64.const 4294967296
      i64.lt_u
      br_if 0 (;@1;)
      local.get 4
      local.get 4
      i64.load offset=72
      i64.store offset=32
      local.get 4
      i32.const 56
      i32.add
      i32.const 3
      local.get 4
      i32.const 32
      i32.add
      call 26
    end
    local.get 4
    local.get 3
    i64.load align=4
    local.tee 5
    i64.store offset=72
    block  ;; label = @1
      local.get 5
      i64.const 4294967296
      i64.lt_u
      br_if 0 (;@1;)
      local.get 4
      local.get 4
      i64.load offset=72
      i64.store offset=24
      local.get 4
      i32.const 56
      i32.add
      i32.const 3
      local.get 4
      i32.const 24
      i32.add
      call 26
    end
    local.get 4
    i32.const 8
    i32.add
    i32.const 8
    i32.add
    local.get 4
    i32.const 56
    i32.add
    i32.const 8
    i32.add
    i32.load
    i32.store
    local.get 4
    local.get 4
    i64.load offset=56
    i64.store offset=8
    local.get 4
    i32.const 72
    i32.add
    i32.const 402
    local.get 4
    i32.const 8
    i32.add
    i32.const 512
    call 3
    local.get 4
    i32.const 80
    i32.add
    global.set 0)
  (func (;37;) (type 6) (param i32)
    (local i32 i32)
    global.get 0
    i32.const 64
    i32.sub
    local.tee 1
    global.set 0
    block  ;; label = @1
      i32.const 0
      i32.load offset=124240
      local.tee 2
      br_if 0 (;@1;)
      i32.const 0
      i64.const 2199023255552
      i64.store offset=124244 align=4
      i32.const 0
      i32.const 123728
      i32.store offset=124240
      local.get 1
      i32.const 32
      i32.add
      i32.const 0
      call 2
      local.get 1
      i32.const 16
      i32.add
      i32.const 8
      i32.add
      local.get 1
      i32.const 32
      i32.add
      i32.const 8
      i32.add
      i32.load
      i32.store
      local.get 1
      local.get 1
      i64.load offset=32
      i64.store offset=16
      local.get 1
      i32.const 48
      i32.add
      i32.const 604
      local.get 1
      i32.const 16
      i32.add
      i32.const 512
      call 3
      local.get 1
      local.get 1
      i64.load offset=48
      i64.store offset=8
      local.get 1
      i32.const 56
      i32.add
      local.get 1
      i32.const 8
      i32.add
      i32.const 1
      call 4
      local.get 1
      local.get 1
      i64.load offset=56
      i64.store
      i32.const 124240
      local.get 1
      call 28
      i32.const 0
      i32.load offset=124240
      local.set 2
    end
    local.get 0
    local.get 2
    i32.store
    local.get 0
    i32.const 0
    i32.load offset=124244
    i32.store offset=4
    local.get 1
    i32.const 64
    i32.add
    global.set 0)
  (func (;38;) (type 14) (param i32) (result i32)
    (local i32 i64)
    global.get 0
    i32.const 64
    i32.sub
    local.tee 1
    global.set 0
    local.get 1
    i32.const 40
    i32.add
    local.get 0
    i32.load offset=4
    i32.const 8
    i32.add
    call 2
    local.get 1
    local.get 0
    i64.load align=4
    local.tee 2
    i64.store offset=56
    block  ;; label = @1
      local.get 2
      i64.const 4294967296
      i64.lt_u
      br_if 0 (;@1;)
      local.get 1
      local.get 1
      i64.load offset=56
      i64.store offset=24
      local.get 1
      i32.const 40
      i32.add
      i32.const 2
      local.get 1
      i32.const 24
      i32.add
      call 26
    end
    local.get 1
    i32.const 8
    i32.add
    i32.const 8
    i32.add
    local.get 1
    i32.const 40
    i32.add
    i32.const 8
    i32.add
    i32.load
    i32.store
    local.get 1
    local.get 1
    i64.load offset=40
    i64.store offset=8
    local.get 1
    i32.const 32
    i32.add
    i32.const 606
    local.get 1
    i32.const 8
    i32.add
    i32.const 512
    call 3
    local.get 1
    local.get 1
    i64.load offset=32
    i64.store
    local.get 1
    i32.const 1
    call 5
    local.set 2
    local.get 1
    i32.const 64
    i32.add
    global.set 0
    local.get 2
    i64.const 0
    i64.ne)
  (func (;39;) (type 10) (param i32 i32 i64)
    (local i32 i64)
    global.get 0
    i32.const 48
    i32.sub
    local.tee 3
    global.set 0
    local.get 3
    i32.const 32
    i32.add
    i32.const 16
    call 2
    local.get 3
    i32.const 32
    i32.add
    i32.const 1
    local.get 2
    call 21
    local.get 3
    local.get 3
    i64.load offset=32
    local.tee 2
    i64.store offset=24
    local.get 1
    i64.load align=4
    local.set 4
    local.get 3
    local.get 2
    i64.store offset=8
    local.get 3
    local.get 4
    i64.store offset=16
    local.get 0
    local.get 3
    i32.const 16
    i32.add
    local.get 3
    i32.const 8
    i32.add
    call 41
    local.get 3
    i32.const 48
    i32.add
    global.set 0)
  (func (;40;) (type 11) (param i32 i64)
    (local i32)
    global.get 0
    i32.const 64
    i32.sub
    local.tee 2
    global.set 0
    block  ;; label = @1
      block  ;; label = @2
        local.get 1
        i64.eqz
        br_if 0 (;@2;)
        local.get 2
        local.get 0
        i64.load align=4
        i64.store offset=24
        i32.const 2
        local.get 2
        i32.const 24
        i32.add
        local.get 1
        call 39
        br 1 (;@1;)
      end
      local.get 2
      local.get 0
      i64.load align=4
      local.tee 1
      i64.store offset=32
      local.get 2
      local.get 1
      i64.store offset=16
      local.get 2
      i32.const 48
      i32.add
      i32.const 2
      local.get 2
      i32.const 16
      i32.add
      i32.const 0
      call 32
      local.get 2
      i32.const 8
      i32.add
      local.get 2
      i32.const 48
      i32.add
      i32.const 8
      i32.add
      i32.load
      i32.store
      local.get 2
      local.get 2
      i64.load offset=48
      i64.store
      local.get 2
      i32.const 40
      i32.add
      i32.const 302
      local.get 2
      i32.const 512
      call 3
    end
    local.get 2
    i32.const 64
    i32.add
    global.set 0)
  (func (;41;) (type 4) (param i32 i32 i32)
    (local i32 i32 i64)
    global.get 0
    i32.const 64
    i32.sub
    local.tee 3
    global.set 0
    local.get 2
    i32.load offset=4
    local.set 4
    local.get 3
    local.get 1
    i64.load align=4
    i64.store offset=32
    local.get 3
    i32.const 40
    i32.add
    local.get 0
    local.get 3
    i32.const 32
    i32.add
    local.get 4
    i32.const 8
    i32.add
    call 32
    local.get 3
    local.get 2
    i64.load align=4
    local.tee 5
    i64.store offset=56
    block  ;; label = @1
      local.get 5
      i64.const 4294967296
      i64.lt_u
      br_if 0 (;@1;)
      local.get 3
      local.get 3
      i64.load offset=56
      i64.store offset=24
      local.get 3
      i32.const 40
      i32.add
      i32.const 3
      local.get 3
      i32.const 24
      i32.add
      call 26
    end
    local.get 3
    i32.const 8
    i32.add
    i32.const 8
    i32.add
    local.get 3
    i32.const 40
    i32.add
    i32.const 8
    i32.add
    i32.load
    i32.store
    local.get 3
    local.get 3
    i64.load offset=40
    i64.store offset=8
    local.get 3
    i32.const 56
    i32.add
    i32.const 301
    local.get 3
    i32.const 8
    i32.add
    i32.const 512
    call 3
    local.get 3
    i32.const 64
    i32.add
    global.set 0)
  (memory (;0;) 2)
  (global (;0;) (mut i32) (i32.const 8192))
  (export "memory" (memory 0))
  (export "_start" (func 1))
  (data (;0;) (i32.const 8192) "out of memory\00the supply would overflow\00from and to are the same account\00unknown entry point\00only the system and the contract's own key may mint\00koinos.contracts.token.mint_event\00koinos.contracts.token.transfer_event\00koinos.contracts.token.burn_event\00koinos.contracts.token.approve_event\00the balance is insufficient\00the supply is less than that\00owner and start have to be addresses\00owner and spender have to be addresses\00from has not authorized the transfer\00a mint needs to\00a transfer needs from and to\00from has not authorized the burn\00Koin\00a burn needs from\00the owner has not authorized the approval\00a message is too large\00a message is malformed\00the mana is insufficient: tokens move with their mana\00KOIN\00\00\00\f0\22\00\00\00\00\00\00@ \00\000C\00\00\00\00\00\00\10 \00\00`\e5\01\00\00\00\00\00\00\02\00\00"))
