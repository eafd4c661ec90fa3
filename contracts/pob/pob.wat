;; source sha256 e0ea44680b0a9c69a6e35e18e2c9af869d0c82142106e0cc3d35b4b69c2fdb99
(module
  (type (;0;) (func (param i32 i32 i32 i32 i32 i32) (result i32)))
  (type (;1;) (func))
  (type (;2;) (func (param i32 i32)))
  (type (;3;) (func (param i32 i32 i32 i32)))
  (type (;4;) (func (param i32 i32 i32)))
  (type (;5;) (func (param i32 i32) (result i64)))
  (type (;6;) (func (param i32)))
  (type (;7;) (func (param i32 i32 i64)))
  (type (;8;) (func (param i32 i32) (result i32)))
  (type (;9;) (func (param i32 i32 i64 i64)))
  (type (;10;) (func (param i32 i32 i32) (result i32)))
  (type (;11;) (func (param i32 i32 i32 i64)))
  (type (;12;) (func (param i32 i64)))
  (type (;13;) (func (param i32) (result i64)))
  (type (;14;) (func (param i32 i64 i64)))
  (import "env" "invoke_system_call" (func (;0;) (type 0)))
  (func (;1;) (type 1)
    (local i32 i32 i64)
    global.get 0
    i32.const 256
    i32.sub
    local.tee 0
    global.set 0
    local.get 0
    i32.const 224
    i32.add
    i32.const 0
    call 2
    local.get 0
    i32.const 112
    i32.add
    i32.const 8
    i32.add
    local.get 0
    i32.const 224
    i32.add
    i32.const 8
    i32.add
    i32.load
    i32.store
    local.get 0
    local.get 0
    i64.load offset=224
    i64.store offset=112
    local.get 0
    i32.const 240
    i32.add
    i32.const 603
    local.get 0
    i32.const 112
    i32.add
    i32.const 8192
    call 3
    local.get 0
    local.get 0
    i64.load offset=240
    i64.store offset=104
    local.get 0
    i32.const 248
    i32.add
    local.get 0
    i32.const 104
    i32.add
    i32.const 1
    call 4
    local.get 0
    local.get 0
    i64.load offset=248
    i64.store offset=96
    local.get 0
    i32.const 216
    i32.add
    local.get 0
    i32.const 96
    i32.add
    i32.const 2
    call 4
    local.get 0
    local.get 0
    i64.load offset=248
    i64.store offset=88
    block  ;; label = @1
      block  ;; label = @2
        block  ;; label = @3
          local.get 0
          i32.const 88
          i32.add
          i32.const 1
          call 5
          i32.wrap_i64
          local.tee 1
          i32.const -2053133115
          i32.eq
          br_if 0 (;@3;)
          block  ;; label = @4
            block  ;; label = @5
              local.get 1
              i32.const -1771876504
              i32.eq
              br_if 0 (;@5;)
              local.get 1
              i32.const 2034138160
              i32.eq
              br_if 3 (;@2;)
              block  ;; label = @6
                block  ;; label = @7
                  local.get 1
                  i32.const -50878833
                  i32.eq
                  br_if 0 (;@7;)
                  local.get 1
                  i32.const 1394158561
                  i32.eq
                  br_if 3 (;@4;)
                  local.get 1
                  i32.const 1607969807
                  i32.eq
                  br_if 1 (;@6;)
                  local.get 1
                  i32.const -525484373
                  i32.ne
                  br_if 6 (;@1;)
                  local.get 0
                  local.get 0
                  i64.load offset=216
                  i64.store offset=8
                  local.get 0
                  i32.const 8
                  i32.add
                  call 6
                  unreachable
                end
                local.get 0
                i32.const 208
                i32.add
                call 7
                local.get 0
                local.get 0
                i64.load offset=208
                i64.store offset=16
                local.get 0
                i32.const 16
                i32.add
                call 8
                unreachable
              end
              local.get 0
              i32.const 160
              i32.add
              call 9
              local.get 0
              local.get 0
              i64.load offset=192
              local.tee 2
              i64.store offset=200
              local.get 0
              local.get 2
              i64.store offset=24
              local.get 0
              i32.const 24
              i32.add
              call 8
              unreachable
            end
            local.get 0
            local.get 0
            i64.load offset=216
            i64.store offset=56
            local.get 0
            i32.const 136
            i32.add
            local.get 0
            i32.const 56
            i32.add
            i32.const 1
            call 4
            local.get 0
            local.get 0
            i64.load offset=136
            i64.store offset=48
            local.get 0
            i32.const 144
            i32.add
            local.get 0
            i32.const 48
            i32.add
            call 10
            local.get 0
            local.get 0
            i64.load offset=144
            i64.store offset=40
            local.get 0
            i32.const 152
            i32.add
            local.get 0
            i32.const 40
            i32.add
            i32.const 1
            call 4
            local.get 0
            local.get 0
            i64.load offset=152
            i64.store offset=32
            local.get 0
            i32.const 32
            i32.add
            call 8
            unreachable
          end
          local.get 0
          local.get 0
          i64.load offset=216
          i64.store offset=64
          local.get 0
          i32.const 64
          i32.add
          call 11
          unreachable
        end
        local.get 0
        local.get 0
        i64.load offset=216
        i64.store offset=72
        local.get 0
        i32.const 72
        i32.add
        call 12
        unreachable
      end
      local.get 0
      local.get 0
      i64.load offset=216
      i64.store offset=80
      local.get 0
      i32.const 80
      i32.add
      call 13
      unreachable
    end
    local.get 0
    i32.const 19
    i32.store offset=132
    local.get 0
    i32.const 8408
    i32.store offset=128
    local.get 0
    local.get 0
    i64.load offset=128
    i64.store
    i32.const 1
    local.get 0
    call 14
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
      i32.load offset=25536
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
      call 14
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
    i32.const 25552
    i32.add
    i32.store
    i32.const 0
    local.get 3
    local.get 1
    i32.add
    i32.store offset=25536
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
      call 27
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
        call 30
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
        call 30
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
    (local i32 i64 i64 i64 i32 i32 i32 i32 i32 i64)
    global.get 0
    i32.const 912
    i32.sub
    local.tee 1
    global.set 0
    local.get 1
    local.get 0
    i64.load align=4
    i64.store offset=496
    local.get 1
    i32.const 752
    i32.add
    local.get 1
    i32.const 496
    i32.add
    i32.const 1
    call 4
    local.get 1
    local.get 0
    i64.load align=4
    i64.store offset=488
    local.get 1
    i32.const 744
    i32.add
    local.get 1
    i32.const 488
    i32.add
    i32.const 2
    call 4
    local.get 1
    local.get 0
    i64.load align=4
    i64.store offset=480
    local.get 1
    i32.const 736
    i32.add
    local.get 1
    i32.const 480
    i32.add
    i32.const 3
    call 4
    local.get 1
    local.get 1
    i64.load offset=744
    i64.store offset=472
    local.get 1
    i32.const 728
    i32.add
    local.get 1
    i32.const 472
    i32.add
    i32.const 6
    call 4
    local.get 1
    local.get 1
    i64.load offset=736
    i64.store offset=464
    local.get 1
    i32.const 720
    i32.add
    local.get 1
    i32.const 464
    i32.add
    i32.const 1
    call 4
    local.get 1
    local.get 1
    i64.load offset=736
    i64.store offset=456
    local.get 1
    i32.const 712
    i32.add
    local.get 1
    i32.const 456
    i32.add
    i32.const 2
    call 4
    local.get 1
    local.get 1
    i64.load offset=744
    i64.store offset=448
    local.get 1
    i32.const 448
    i32.add
    i32.const 2
    call 5
    local.set 2
    local.get 1
    local.get 1
    i64.load offset=744
    i64.store offset=440
    local.get 1
    i32.const 440
    i32.add
    i32.const 3
    call 5
    local.set 3
    local.get 1
    i32.const 656
    i32.add
    i32.const 0
    call 2
    local.get 1
    i32.const 424
    i32.add
    i32.const 8
    i32.add
    local.get 1
    i32.const 656
    i32.add
    i32.const 8
    i32.add
    i32.load
    i32.store
    local.get 1
    local.get 1
    i64.load offset=656
    i64.store offset=424
    local.get 1
    i32.const 848
    i32.add
    i32.const 605
    local.get 1
    i32.const 424
    i32.add
    i32.const 512
    call 3
    local.get 1
    local.get 1
    i64.load offset=848
    i64.store offset=416
    local.get 1
    i32.const 704
    i32.add
    local.get 1
    i32.const 416
    i32.add
    i32.const 1
    call 4
    local.get 1
    local.get 1
    i64.load offset=704
    local.tee 4
    i64.store offset=408
    local.get 1
    local.get 4
    i64.store offset=656
    block  ;; label = @1
      block  ;; label = @2
        block  ;; label = @3
          block  ;; label = @4
            block  ;; label = @5
              block  ;; label = @6
                block  ;; label = @7
                  block  ;; label = @8
                    block  ;; label = @9
                      block  ;; label = @10
                        local.get 1
                        i32.const 408
                        i32.add
                        i32.const 2
                        call 5
                        i64.eqz
                        i32.eqz
                        br_if 0 (;@10;)
                        local.get 1
                        i32.const 656
                        i32.add
                        call 9
                        local.get 3
                        local.get 1
                        i64.load offset=680
                        i64.rem_u
                        i64.eqz
                        i32.eqz
                        br_if 1 (;@9;)
                        local.get 1
                        local.get 1
                        i64.load offset=728
                        i64.store offset=384
                        local.get 1
                        i32.const 640
                        i32.add
                        local.get 1
                        i32.const 384
                        i32.add
                        call 10
                        local.get 1
                        local.get 1
                        i64.load offset=640
                        i64.store offset=376
                        local.get 1
                        i32.const 632
                        i32.add
                        local.get 1
                        i32.const 376
                        i32.add
                        i32.const 1
                        call 4
                        local.get 1
                        local.get 1
                        i64.load offset=640
                        i64.store offset=368
                        local.get 1
                        i32.const 368
                        i32.add
                        i32.const 2
                        call 5
                        i64.const 0
                        local.get 2
                        i64.const -20
                        i64.add
                        local.tee 4
                        local.get 4
                        local.get 2
                        i64.gt_u
                        select
                        i64.gt_u
                        br_if 2 (;@8;)
                        local.get 1
                        i32.const 616
                        i32.add
                        call 7
                        local.get 1
                        i32.load offset=716
                        i32.const 34
                        i32.ne
                        br_if 3 (;@7;)
                        local.get 1
                        i32.load offset=712
                        local.tee 0
                        i32.load8_u
                        i32.const 18
                        i32.ne
                        br_if 3 (;@7;)
                        local.get 0
                        i32.load8_u offset=1
                        i32.const 32
                        i32.ne
                        br_if 3 (;@7;)
                        local.get 1
                        local.get 1
                        i64.load offset=616
                        i64.store offset=352
                        local.get 1
                        i32.const 600
                        i32.add
                        local.get 1
                        i32.const 352
                        i32.add
                        i32.const 1
                        call 4
                        local.get 1
                        i32.load offset=636
                        local.set 5
                        local.get 1
                        i32.load offset=632
                        local.set 6
                        local.get 1
                        i32.load offset=724
                        local.set 7
                        local.get 1
                        i32.load offset=720
                        local.set 8
                        local.get 1
                        i64.load32_u offset=600
                        local.set 4
                        local.get 1
                        i32.const 848
                        i32.add
                        local.get 1
                        i32.load offset=604
                        local.tee 9
                        i32.const 16
                        i32.add
                        call 2
                        local.get 1
                        local.get 4
                        local.get 9
                        i64.extend_i32_u
                        i64.const 32
                        i64.shl
                        i64.or
                        local.tee 4
                        i64.store offset=832
                        block  ;; label = @11
                          local.get 4
                          i64.const 4294967296
                          i64.lt_u
                          br_if 0 (;@11;)
                          local.get 1
                          local.get 1
                          i64.load offset=832
                          i64.store offset=344
                          local.get 1
                          i32.const 848
                          i32.add
                          i32.const 1
                          local.get 1
                          i32.const 344
                          i32.add
                          call 15
                        end
                        local.get 1
                        i32.const 848
                        i32.add
                        i32.const 2
                        local.get 3
                        call 16
                        local.get 1
                        i32.const 832
                        i32.add
                        local.get 7
                        local.get 5
                        i32.add
                        local.get 1
                        i32.load offset=852
                        i32.add
                        i32.const 66
                        i32.add
                        call 2
                        local.get 1
                        local.get 5
                        i64.extend_i32_u
                        i64.const 32
                        i64.shl
                        local.get 6
                        i64.extend_i32_u
                        i64.or
                        local.tee 4
                        i64.store offset=816
                        block  ;; label = @11
                          local.get 4
                          i64.const 4294967296
                          i64.lt_u
                          br_if 0 (;@11;)
                          local.get 1
                          local.get 1
                          i64.load offset=816
                          i64.store offset=336
                          local.get 1
                          i32.const 832
                          i32.add
                          i32.const 2
                          local.get 1
                          i32.const 336
                          i32.add
                          call 15
                        end
                        local.get 1
                        local.get 7
                        i64.extend_i32_u
                        i64.const 32
                        i64.shl
                        local.get 8
                        i64.extend_i32_u
                        i64.or
                        local.tee 2
                        i64.store offset=816
                        block  ;; label = @11
                          local.get 2
                          i64.const 4294967296
                          i64.lt_u
                          br_if 0 (;@11;)
                          local.get 1
                          local.get 1
                          i64.load offset=816
                          i64.store offset=328
                          local.get 1
                          i32.const 832
                          i32.add
                          i32.const 3
                          local.get 1
                          i32.const 328
                          i32.add
                          call 15
                        end
                        local.get 1
                        local.get 0
                        i64.extend_i32_u
                        i64.const 146028888064
                        i64.or
                        local.tee 2
                        i64.store offset=320
                        local.get 1
                        local.get 2
                        i64.store offset=816
                        local.get 1
                        i32.const 832
                        i32.add
                        i32.const 4
                        local.get 1
                        i32.const 320
                        i32.add
                        call 15
                        local.get 1
                        i32.load offset=848
                        local.set 7
                        local.get 1
                        local.get 1
                        i32.load offset=852
                        local.tee 6
                        i32.store offset=820
                        local.get 1
                        local.get 7
                        i32.store offset=816
                        block  ;; label = @11
                          local.get 6
                          i32.eqz
                          br_if 0 (;@11;)
                          local.get 1
                          local.get 1
                          i64.load offset=816
                          i64.store offset=312
                          local.get 1
                          i32.const 832
                          i32.add
                          i32.const 5
                          local.get 1
                          i32.const 312
                          i32.add
                          call 15
                        end
                        local.get 1
                        i32.const 296
                        i32.add
                        i32.const 8
                        i32.add
                        local.get 1
                        i32.const 832
                        i32.add
                        i32.const 8
                        i32.add
                        i32.load
                        i32.store
                        local.get 1
                        local.get 1
                        i64.load offset=832
                        i64.store offset=296
                        i32.const 505
                        local.get 1
                        i32.const 296
                        i32.add
                        call 17
                        i32.eqz
                        br_if 4 (;@6;)
                        local.get 1
                        i32.const 4
                        i32.store offset=580
                        local.get 1
                        i32.const 8788
                        i32.store offset=576
                        local.get 1
                        local.get 1
                        i64.load offset=576
                        i64.store offset=288
                        local.get 1
                        i32.const 584
                        i32.add
                        local.get 1
                        i32.const 288
                        i32.add
                        call 18
                        local.get 1
                        i32.const 3
                        i32.store offset=564
                        local.get 1
                        i32.const 8712
                        i32.store offset=560
                        local.get 1
                        local.get 1
                        i64.load offset=560
                        i64.store offset=280
                        local.get 1
                        i32.const 568
                        i32.add
                        local.get 1
                        i32.const 280
                        i32.add
                        call 18
                        local.get 1
                        local.get 1
                        i64.load offset=616
                        local.tee 2
                        i64.store offset=816
                        local.get 1
                        local.get 2
                        i64.store offset=272
                        local.get 1
                        i32.const 848
                        i32.add
                        local.get 1
                        i32.const 272
                        i32.add
                        i32.const 2
                        call 4
                        local.get 1
                        i32.load offset=852
                        i32.const 16
                        i32.ne
                        br_if 5 (;@5;)
                        local.get 1
                        i32.const 544
                        i32.add
                        local.get 1
                        i32.load offset=848
                        call 19
                        local.get 1
                        i32.const 768
                        i32.add
                        i32.const 8
                        i32.add
                        local.get 1
                        i32.const 544
                        i32.add
                        i32.const 8
                        i32.add
                        i64.load
                        i64.store
                        local.get 1
                        local.get 1
                        i64.load offset=568
                        i64.store offset=760
                        local.get 1
                        local.get 1
                        i64.load offset=544
                        i64.store offset=768
                        local.get 1
                        i64.load32_u offset=728
                        local.set 2
                        local.get 1
                        i32.const 896
                        i32.add
                        local.get 1
                        i32.load offset=732
                        local.tee 7
                        i32.const 8
                        i32.add
                        call 2
                        local.get 1
                        local.get 2
                        local.get 7
                        i64.extend_i32_u
                        i64.const 32
                        i64.shl
                        i64.or
                        local.tee 2
                        i64.store offset=848
                        block  ;; label = @11
                          local.get 2
                          i64.const 4294967296
                          i64.lt_u
                          br_if 0 (;@11;)
                          local.get 1
                          local.get 1
                          i64.load offset=848
                          i64.store offset=256
                          local.get 1
                          i32.const 896
                          i32.add
                          i32.const 1
                          local.get 1
                          i32.const 256
                          i32.add
                          call 15
                        end
                        local.get 1
                        local.get 1
                        i64.load offset=896
                        local.tee 2
                        i64.store offset=880
                        local.get 1
                        local.get 1
                        i64.load offset=760
                        i64.store offset=248
                        local.get 1
                        local.get 2
                        i64.store offset=240
                        local.get 1
                        i32.const 888
                        i32.add
                        local.get 1
                        i32.const 248
                        i32.add
                        i32.const 1654600166
                        local.get 1
                        i32.const 240
                        i32.add
                        call 20
                        local.get 1
                        local.get 1
                        i64.load offset=888
                        i64.store offset=232
                        local.get 1
                        i32.const 232
                        i32.add
                        i32.const 1
                        call 5
                        local.tee 2
                        i64.const 0
                        i64.eq
                        br_if 6 (;@4;)
                        local.get 1
                        i64.load offset=776
                        local.get 1
                        i64.load offset=768
                        i64.or
                        i64.const 0
                        i64.eq
                        br_if 7 (;@3;)
                        local.get 1
                        i32.const 832
                        i32.add
                        i32.const 8
                        i32.add
                        i64.const -1
                        i64.store
                        local.get 1
                        i32.const 216
                        i32.add
                        i32.const 8
                        i32.add
                        i64.const -1
                        i64.store
                        local.get 1
                        i32.const 200
                        i32.add
                        i32.const 8
                        i32.add
                        local.get 1
                        i32.const 544
                        i32.add
                        i32.const 8
                        i32.add
                        i64.load
                        i64.store
                        local.get 1
                        i64.const -1
                        i64.store offset=832
                        local.get 1
                        i64.const -1
                        i64.store offset=216
                        local.get 1
                        local.get 1
                        i64.load offset=544
                        i64.store offset=200
                        local.get 1
                        i32.const 848
                        i32.add
                        local.get 1
                        i32.const 216
                        i32.add
                        local.get 1
                        i32.const 200
                        i32.add
                        call 21
                        local.get 1
                        i32.const 816
                        i32.add
                        local.get 0
                        i32.const 2
                        i32.add
                        call 19
                        local.get 1
                        i32.const 784
                        i32.add
                        i32.const 8
                        i32.add
                        local.get 2
                        i64.store
                        local.get 1
                        i32.const 168
                        i32.add
                        i32.const 8
                        i32.add
                        local.get 2
                        i64.store
                        local.get 1
                        i32.const 184
                        i32.add
                        i32.const 8
                        i32.add
                        local.get 1
                        i32.const 816
                        i32.add
                        i32.const 8
                        i32.add
                        i64.load
                        i64.store
                        local.get 1
                        i64.const 0
                        i64.store offset=784
                        local.get 1
                        i64.const 0
                        i64.store offset=168
                        local.get 1
                        local.get 1
                        i64.load offset=816
                        i64.store offset=184
                        local.get 1
                        i32.const 800
                        i32.add
                        local.get 1
                        i32.const 184
                        i32.add
                        local.get 1
                        i32.const 168
                        i32.add
                        call 21
                        block  ;; label = @11
                          local.get 1
                          i64.load offset=800
                          local.tee 2
                          local.get 1
                          i64.load offset=848
                          local.tee 10
                          i64.lt_u
                          br_if 0 (;@11;)
                          local.get 2
                          local.get 10
                          i64.ne
                          br_if 9 (;@2;)
                          local.get 1
                          i64.load offset=808
                          local.get 1
                          i64.load offset=856
                          i64.ge_u
                          br_if 9 (;@2;)
                        end
                        local.get 1
                        local.get 1
                        i64.load offset=736
                        i64.store offset=152
                        local.get 1
                        i32.const 528
                        i32.add
                        local.get 1
                        i32.const 152
                        i32.add
                        i32.const 3
                        call 4
                        local.get 1
                        i32.load offset=528
                        local.set 0
                        local.get 1
                        i32.load offset=752
                        local.set 7
                        local.get 1
                        i32.const 848
                        i32.add
                        local.get 1
                        i32.load offset=756
                        local.tee 6
                        local.get 1
                        i32.load offset=532
                        local.tee 8
                        i32.add
                        local.get 5
                        i32.add
                        i32.const 32
                        i32.add
                        call 2
                        local.get 1
                        local.get 4
                        i64.store offset=832
                        block  ;; label = @11
                          local.get 4
                          i64.const 4294967296
                          i64.lt_u
                          br_if 0 (;@11;)
                          local.get 1
                          local.get 1
                          i64.load offset=832
                          i64.store offset=144
                          local.get 1
                          i32.const 848
                          i32.add
                          i32.const 2
                          local.get 1
                          i32.const 144
                          i32.add
                          call 15
                        end
                        local.get 1
                        local.get 8
                        i64.extend_i32_u
                        i64.const 32
                        i64.shl
                        local.get 0
                        i64.extend_i32_u
                        i64.or
                        local.tee 4
                        i64.store offset=832
                        block  ;; label = @11
                          local.get 4
                          i64.const 4294967296
                          i64.lt_u
                          br_if 0 (;@11;)
                          local.get 1
                          local.get 1
                          i64.load offset=832
                          i64.store offset=136
                          local.get 1
                          i32.const 848
                          i32.add
                          i32.const 3
                          local.get 1
                          i32.const 136
                          i32.add
                          call 15
                        end
                        local.get 1
                        local.get 6
                        i64.extend_i32_u
                        i64.const 32
                        i64.shl
                        local.get 7
                        i64.extend_i32_u
                        i64.or
                        local.tee 4
                        i64.store offset=832
                        block  ;; label = @11
                          local.get 4
                          i64.const 4294967296
                          i64.lt_u
                          br_if 0 (;@11;)
                          local.get 1
                          local.get 1
                          i64.load offset=832
                          i64.store offset=128
                          local.get 1
                          i32.const 848
                          i32.add
                          i32.const 4
                          local.get 1
                          i32.const 128
                          i32.add
                          call 15
                        end
                        local.get 1
                        i32.const 848
                        i32.add
                        i32.const 5
                        i64.const 1
                        call 16
                        local.get 1
                        i32.const 112
                        i32.add
                        i32.const 8
                        i32.add
                        local.get 1
                        i32.const 848
                        i32.add
                        i32.const 8
                        i32.add
                        i32.load
                        i32.store
                        local.get 1
                        local.get 1
                        i64.load offset=848
                        i64.store offset=112
                        i32.const 504
                        local.get 1
                        i32.const 112
                        i32.add
                        call 17
                        i32.eqz
                        br_if 9 (;@1;)
                        local.get 1
                        local.get 1
                        i64.load offset=728
                        i64.store offset=104
                        local.get 1
                        local.get 1
                        i64.load offset=584
                        i64.store offset=96
                        local.get 1
                        local.get 1
                        i64.load offset=568
                        i64.store offset=88
                        local.get 1
                        i32.const 104
                        i32.add
                        local.get 1
                        i32.const 96
                        i32.add
                        local.get 1
                        i32.const 88
                        i32.add
                        local.get 1
                        i32.const 656
                        i32.add
                        call 22
                        local.get 1
                        local.get 1
                        i64.load offset=616
                        i64.store offset=80
                        local.get 1
                        i32.const 80
                        i32.add
                        i32.const 3
                        call 5
                        local.set 4
                        local.get 1
                        i32.const 64
                        i32.add
                        i32.const 8
                        i32.add
                        local.get 1
                        i32.const 544
                        i32.add
                        i32.const 8
                        i32.add
                        i64.load
                        i64.store
                        local.get 1
                        local.get 1
                        i64.load offset=544
                        i64.store offset=64
                        local.get 1
                        i32.const 504
                        i32.add
                        local.get 1
                        i32.const 64
                        i32.add
                        i64.const 0
                        local.get 3
                        local.get 4
                        i64.sub
                        local.tee 4
                        local.get 4
                        local.get 3
                        i64.gt_u
                        select
                        local.get 1
                        i64.load offset=672
                        call 23
                        local.get 1
                        i32.const 40
                        i32.add
                        i32.const 8
                        i32.add
                        local.get 1
                        i32.const 504
                        i32.add
                        i32.const 8
                        i32.add
                        i64.load
                        i64.store
                        local.get 1
                        local.get 1
                        i64.load offset=712
                        i64.store offset=56
                        local.get 1
                        local.get 1
                        i64.load offset=504
                        i64.store offset=40
                        local.get 1
                        i32.const 56
                        i32.add
                        local.get 1
                        i32.const 40
                        i32.add
                        local.get 3
                        call 24
                        call 25
                        unreachable
                      end
                      local.get 1
                      i32.const 37
                      i32.store offset=700
                      local.get 1
                      i32.const 8511
                      i32.store offset=696
                      local.get 1
                      local.get 1
                      i64.load offset=696
                      i64.store offset=400
                      i32.const -1
                      local.get 1
                      i32.const 400
                      i32.add
                      call 14
                      unreachable
                    end
                    local.get 1
                    i32.const 49
                    i32.store offset=652
                    local.get 1
                    i32.const 8793
                    i32.store offset=648
                    local.get 1
                    local.get 1
                    i64.load offset=648
                    i64.store offset=392
                    i32.const -1
                    local.get 1
                    i32.const 392
                    i32.add
                    call 14
                    unreachable
                  end
                  local.get 1
                  i32.const 41
                  i32.store offset=628
                  local.get 1
                  i32.const 8206
                  i32.store offset=624
                  local.get 1
                  local.get 1
                  i64.load offset=624
                  i64.store
                  i32.const -1
                  local.get 1
                  call 14
                  unreachable
                end
                local.get 1
                i32.const 45
                i32.store offset=612
                local.get 1
                i32.const 8843
                i32.store offset=608
                local.get 1
                local.get 1
                i64.load offset=608
                i64.store offset=360
                i32.const -1
                local.get 1
                i32.const 360
                i32.add
                call 14
                unreachable
              end
              local.get 1
              i32.const 42
              i32.store offset=596
              local.get 1
              i32.const 8669
              i32.store offset=592
              local.get 1
              local.get 1
              i64.load offset=592
              i64.store offset=8
              i32.const -1
              local.get 1
              i32.const 8
              i32.add
              call 14
              unreachable
            end
            local.get 1
            i32.const 27
            i32.store offset=836
            local.get 1
            i32.const 8912
            i32.store offset=832
            local.get 1
            local.get 1
            i64.load offset=832
            i64.store offset=264
            i32.const -1
            local.get 1
            i32.const 264
            i32.add
            call 14
            unreachable
          end
          local.get 1
          i32.const 33
          i32.store offset=876
          local.get 1
          i32.const 8984
          i32.store offset=872
          local.get 1
          local.get 1
          i64.load offset=872
          i64.store offset=16
          i32.const -1
          local.get 1
          i32.const 16
          i32.add
          call 14
          unreachable
        end
        local.get 1
        i32.const 22
        i32.store offset=868
        local.get 1
        i32.const 8716
        i32.store offset=864
        local.get 1
        local.get 1
        i64.load offset=864
        i64.store offset=24
        i32.const -1
        local.get 1
        i32.const 24
        i32.add
        call 14
        unreachable
      end
      local.get 1
      i32.const 35
      i32.store offset=540
      local.get 1
      i32.const 8475
      i32.store offset=536
      local.get 1
      local.get 1
      i64.load offset=536
      i64.store offset=160
      i32.const -1
      local.get 1
      i32.const 160
      i32.add
      call 14
      unreachable
    end
    local.get 1
    i32.const 47
    i32.store offset=524
    local.get 1
    i32.const 8248
    i32.store offset=520
    local.get 1
    local.get 1
    i64.load offset=520
    i64.store offset=32
    i32.const -1
    local.get 1
    i32.const 32
    i32.add
    call 14
    unreachable)
  (func (;7;) (type 6) (param i32)
    (local i32)
    global.get 0
    i32.const 32
    i32.sub
    local.tee 1
    global.set 0
    local.get 1
    i64.const 0
    i64.store offset=24
    local.get 1
    i64.const 0
    i64.store offset=8
    block  ;; label = @1
      i32.const 1
      local.get 1
      i32.const 8
      i32.add
      local.get 0
      call 28
      br_if 0 (;@1;)
      local.get 1
      i32.const 20
      i32.store offset=20
      local.get 1
      i32.const 8963
      i32.store offset=16
      local.get 1
      local.get 1
      i64.load offset=16
      i64.store
      i32.const -1
      local.get 1
      call 14
      unreachable
    end
    local.get 1
    i32.const 32
    i32.add
    global.set 0)
  (func (;8;) (type 6) (param i32)
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
    call 26
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
    call 27
    unreachable)
  (func (;9;) (type 6) (param i32)
    (local i32)
    global.get 0
    i32.const 48
    i32.sub
    local.tee 1
    global.set 0
    local.get 1
    i32.const 1
    i32.store offset=36
    local.get 1
    i32.const 9044
    i32.store offset=32
    local.get 1
    local.get 1
    i64.load offset=32
    i64.store offset=16
    block  ;; label = @1
      i32.const 1
      local.get 1
      i32.const 16
      i32.add
      local.get 1
      i32.const 40
      i32.add
      call 28
      br_if 0 (;@1;)
      local.get 1
      i32.const 23
      i32.store offset=28
      local.get 1
      i32.const 8549
      i32.store offset=24
      local.get 1
      local.get 1
      i64.load offset=24
      i64.store
      i32.const -1
      local.get 1
      call 14
      unreachable
    end
    local.get 1
    local.get 1
    i64.load offset=40
    i64.store offset=8
    local.get 0
    local.get 1
    i32.const 8
    i32.add
    call 29
    local.get 1
    i32.const 48
    i32.add
    global.set 0)
  (func (;10;) (type 2) (param i32 i32)
    (local i32)
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
      i32.const 0
      local.get 2
      i32.const 16
      i32.add
      local.get 0
      call 28
      br_if 0 (;@1;)
      local.get 2
      i32.const 41
      i32.store offset=28
      local.get 2
      i32.const 8296
      i32.store offset=24
      local.get 2
      local.get 2
      i64.load offset=24
      i64.store offset=8
      i32.const -1
      local.get 2
      i32.const 8
      i32.add
      call 14
      unreachable
    end
    local.get 2
    i32.const 32
    i32.add
    global.set 0)
  (func (;11;) (type 6) (param i32)
    (local i32 i32 i64)
    global.get 0
    i32.const 320
    i32.sub
    local.tee 1
    global.set 0
    local.get 1
    local.get 0
    i64.load align=4
    i64.store offset=200
    local.get 1
    i32.const 288
    i32.add
    local.get 1
    i32.const 200
    i32.add
    i32.const 1
    call 4
    local.get 1
    local.get 0
    i64.load align=4
    i64.store offset=192
    local.get 1
    i32.const 280
    i32.add
    local.get 1
    i32.const 192
    i32.add
    i32.const 2
    call 4
    block  ;; label = @1
      block  ;; label = @2
        block  ;; label = @3
          local.get 1
          i32.load offset=292
          local.tee 2
          i32.eqz
          br_if 0 (;@3;)
          local.get 1
          i64.load32_u offset=288
          local.set 3
          local.get 1
          i32.const 304
          i32.add
          local.get 2
          i32.const 8
          i32.add
          call 2
          local.get 1
          local.get 3
          local.get 2
          i64.extend_i32_u
          i64.const 32
          i64.shl
          i64.or
          local.tee 3
          i64.store offset=184
          local.get 1
          local.get 3
          i64.store offset=240
          local.get 1
          i32.const 304
          i32.add
          i32.const 2
          local.get 1
          i32.const 184
          i32.add
          call 15
          local.get 1
          i32.const 168
          i32.add
          i32.const 8
          i32.add
          local.get 1
          i32.const 304
          i32.add
          i32.const 8
          i32.add
          i32.load
          i32.store
          local.get 1
          local.get 1
          i64.load offset=304
          i64.store offset=168
          local.get 1
          i32.const 240
          i32.add
          i32.const 606
          local.get 1
          i32.const 168
          i32.add
          i32.const 512
          call 3
          local.get 1
          local.get 1
          i64.load offset=240
          i64.store offset=160
          local.get 1
          i32.const 160
          i32.add
          i32.const 1
          call 5
          i64.const 0
          i64.eq
          br_if 1 (;@2;)
          block  ;; label = @4
            block  ;; label = @5
              local.get 1
              i32.load offset=284
              local.tee 2
              i32.eqz
              br_if 0 (;@5;)
              local.get 2
              i32.const 33
              i32.ne
              br_if 4 (;@1;)
              local.get 1
              i32.const 240
              i32.add
              i32.const 49
              call 2
              local.get 1
              local.get 1
              i64.load offset=280
              local.tee 3
              i64.store offset=304
              block  ;; label = @6
                local.get 3
                i64.const 4294967296
                i64.lt_u
                br_if 0 (;@6;)
                local.get 1
                local.get 1
                i64.load offset=304
                i64.store offset=152
                local.get 1
                i32.const 240
                i32.add
                i32.const 1
                local.get 1
                i32.const 152
                i32.add
                call 15
              end
              local.get 1
              i32.const 304
              i32.add
              i32.const 0
              call 2
              local.get 1
              i32.const 136
              i32.add
              i32.const 8
              i32.add
              local.get 1
              i32.const 304
              i32.add
              i32.const 8
              i32.add
              i32.load
              i32.store
              local.get 1
              local.get 1
              i64.load offset=304
              i64.store offset=136
              local.get 1
              i32.const 296
              i32.add
              i32.const 1
              local.get 1
              i32.const 136
              i32.add
              i32.const 512
              call 3
              local.get 1
              local.get 1
              i64.load offset=296
              i64.store offset=128
              local.get 1
              i32.const 232
              i32.add
              local.get 1
              i32.const 128
              i32.add
              i32.const 1
              call 4
              local.get 1
              local.get 1
              i64.load offset=232
              local.tee 3
              i64.store offset=120
              local.get 1
              local.get 3
              i64.store offset=296
              local.get 1
              i32.const 304
              i32.add
              local.get 1
              i32.const 120
              i32.add
              i32.const 1
              call 4
              local.get 1
              local.get 1
              i64.load offset=304
              i64.store offset=112
              local.get 1
              i32.const 240
              i32.add
              i32.const 2
              local.get 1
              i32.const 112
              i32.add
              i32.const 2
              call 5
              call 16
              local.get 1
              local.get 1
              i64.load offset=240
              local.tee 3
              i64.store offset=224
              local.get 1
              local.get 1
              i64.load offset=288
              i64.store offset=104
              local.get 1
              local.get 3
              i64.store offset=96
              i32.const 0
              local.get 1
              i32.const 104
              i32.add
              local.get 1
              i32.const 96
              i32.add
              call 31
              br 1 (;@4;)
            end
            local.get 1
            local.get 1
            i64.load offset=288
            local.tee 3
            i64.store offset=296
            local.get 1
            local.get 3
            i64.store offset=88
            local.get 1
            i32.const 304
            i32.add
            i32.const 0
            local.get 1
            i32.const 88
            i32.add
            i32.const 0
            call 32
            local.get 1
            i32.const 72
            i32.add
            i32.const 8
            i32.add
            local.get 1
            i32.const 304
            i32.add
            i32.const 8
            i32.add
            i32.load
            i32.store
            local.get 1
            local.get 1
            i64.load offset=304
            i64.store offset=72
            local.get 1
            i32.const 240
            i32.add
            i32.const 302
            local.get 1
            i32.const 72
            i32.add
            i32.const 512
            call 3
          end
          local.get 1
          i32.const 46
          i32.store offset=220
          local.get 1
          i32.const 8428
          i32.store offset=216
          local.get 1
          i64.const 0
          i64.store offset=208
          local.get 1
          local.get 1
          i64.load offset=216
          i64.store offset=64
          local.get 0
          i64.load align=4
          local.set 3
          local.get 1
          local.get 1
          i64.load offset=288
          i64.store offset=48
          local.get 1
          i64.const 0
          i64.store offset=40
          local.get 1
          local.get 3
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
          call 33
          local.get 1
          i64.const 0
          i64.store offset=32
          local.get 1
          i64.const 0
          i64.store offset=304
          i32.const 0
          i32.const 1
          local.get 1
          i32.const 32
          i32.add
          call 27
          unreachable
        end
        local.get 1
        i32.const 31
        i32.store offset=276
        local.get 1
        i32.const 8637
        i32.store offset=272
        local.get 1
        local.get 1
        i64.load offset=272
        i64.store offset=8
        i32.const -1
        local.get 1
        i32.const 8
        i32.add
        call 14
        unreachable
      end
      local.get 1
      i32.const 48
      i32.store offset=268
      local.get 1
      i32.const 8739
      i32.store offset=264
      local.get 1
      local.get 1
      i64.load offset=264
      i64.store offset=16
      i32.const -200
      local.get 1
      i32.const 16
      i32.add
      call 14
      unreachable
    end
    local.get 1
    i32.const 25
    i32.store offset=260
    local.get 1
    i32.const 8611
    i32.store offset=256
    local.get 1
    local.get 1
    i64.load offset=256
    i64.store offset=24
    i32.const -1
    local.get 1
    i32.const 24
    i32.add
    call 14
    unreachable)
  (func (;12;) (type 6) (param i32)
    (local i32 i64)
    global.get 0
    i32.const 144
    i32.sub
    local.tee 1
    global.set 0
    local.get 1
    local.get 0
    i64.load align=4
    i64.store offset=80
    local.get 1
    i32.const 80
    i32.add
    i32.const 1
    call 5
    local.set 2
    local.get 1
    i32.const 4
    i32.store offset=124
    local.get 1
    i32.const 8788
    i32.store offset=120
    local.get 1
    local.get 1
    i64.load offset=120
    i64.store offset=72
    local.get 1
    i32.const 128
    i32.add
    local.get 1
    i32.const 72
    i32.add
    call 18
    local.get 1
    local.get 0
    i64.load align=4
    i64.store offset=64
    local.get 1
    i32.const 112
    i32.add
    local.get 1
    i32.const 64
    i32.add
    i32.const 2
    call 4
    local.get 1
    local.get 1
    i64.load offset=128
    i64.store offset=56
    local.get 1
    local.get 1
    i64.load offset=112
    i64.store offset=48
    local.get 1
    i32.const 56
    i32.add
    i32.const -2053133115
    local.get 1
    i32.const 48
    i32.add
    local.get 2
    call 34
    local.get 1
    i32.const 3
    i32.store offset=100
    local.get 1
    i32.const 8712
    i32.store offset=96
    local.get 1
    local.get 1
    i64.load offset=96
    i64.store offset=40
    local.get 1
    i32.const 104
    i32.add
    local.get 1
    i32.const 40
    i32.add
    call 18
    local.get 1
    local.get 0
    i64.load align=4
    i64.store offset=32
    local.get 1
    i32.const 88
    i32.add
    local.get 1
    i32.const 32
    i32.add
    i32.const 3
    call 4
    local.get 1
    local.get 1
    i64.load offset=104
    i64.store offset=24
    local.get 1
    local.get 1
    i64.load offset=88
    i64.store offset=16
    local.get 1
    i32.const 24
    i32.add
    i32.const -596699205
    local.get 1
    i32.const 16
    i32.add
    local.get 2
    call 34
    local.get 1
    i64.const 0
    i64.store offset=8
    local.get 1
    i64.const 0
    i64.store offset=136
    i32.const 0
    i32.const 1
    local.get 1
    i32.const 8
    i32.add
    call 27
    unreachable)
  (func (;13;) (type 6) (param i32)
    (local i32)
    global.get 0
    i32.const 176
    i32.sub
    local.tee 1
    global.set 0
    local.get 1
    local.get 0
    i64.load align=4
    i64.store offset=72
    local.get 1
    i32.const 104
    i32.add
    local.get 1
    i32.const 72
    i32.add
    i32.const 1
    call 4
    local.get 1
    local.get 1
    i64.load offset=104
    i64.store offset=64
    local.get 1
    i32.const 112
    i32.add
    local.get 1
    i32.const 64
    i32.add
    call 29
    local.get 1
    i32.const 152
    i32.add
    i32.const 0
    call 2
    local.get 1
    i32.const 48
    i32.add
    i32.const 8
    i32.add
    local.get 1
    i32.const 152
    i32.add
    i32.const 8
    i32.add
    i32.load
    i32.store
    local.get 1
    local.get 1
    i64.load offset=152
    i64.store offset=48
    local.get 1
    i32.const 168
    i32.add
    i32.const 110
    local.get 1
    i32.const 48
    i32.add
    i32.const 512
    call 3
    local.get 1
    local.get 1
    i64.load offset=168
    i64.store offset=40
    block  ;; label = @1
      block  ;; label = @2
        local.get 1
        i32.const 40
        i32.add
        i32.const 1
        call 5
        i64.const 0
        i64.eq
        br_if 0 (;@2;)
        local.get 1
        i64.load offset=136
        i64.eqz
        br_if 1 (;@1;)
        local.get 1
        i64.load offset=128
        i64.const 9
        i64.le_u
        br_if 1 (;@1;)
        local.get 1
        i32.const 1
        i32.store offset=84
        local.get 1
        i32.const 9044
        i32.store offset=80
        local.get 1
        local.get 1
        i64.load offset=144
        i64.store offset=16
        local.get 1
        local.get 1
        i64.load offset=80
        i64.store offset=24
        i32.const 1
        local.get 1
        i32.const 24
        i32.add
        local.get 1
        i32.const 16
        i32.add
        call 31
        local.get 1
        i64.const 0
        i64.store offset=8
        local.get 1
        i64.const 0
        i64.store offset=152
        i32.const 0
        i32.const 1
        local.get 1
        i32.const 8
        i32.add
        call 27
        unreachable
      end
      local.get 1
      i32.const 37
      i32.store offset=100
      local.get 1
      i32.const 8573
      i32.store offset=96
      local.get 1
      local.get 1
      i64.load offset=96
      i64.store
      i32.const -200
      local.get 1
      call 14
      unreachable
    end
    local.get 1
    i32.const 69
    i32.store offset=92
    local.get 1
    i32.const 8338
    i32.store offset=88
    local.get 1
    local.get 1
    i64.load offset=88
    i64.store offset=32
    i32.const -1
    local.get 1
    i32.const 32
    i32.add
    call 14
    unreachable)
  (func (;14;) (type 2) (param i32 i32)
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
    i32.load offset=9056
    i32.store
    local.get 2
    i32.const 0
    i64.load offset=9048 align=4
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
    call 26
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
    call 27
    unreachable)
  (func (;15;) (type 4) (param i32 i32 i32)
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
    call 35
    local.get 0
    local.get 2
    i64.load32_u offset=4
    call 35
    local.get 3
    local.get 2
    i64.load align=4
    i64.store offset=8
    local.get 0
    local.get 3
    i32.const 8
    i32.add
    call 36
    local.get 3
    i32.const 16
    i32.add
    global.set 0)
  (func (;16;) (type 7) (param i32 i32 i64)
    block  ;; label = @1
      local.get 2
      i64.eqz
      br_if 0 (;@1;)
      local.get 0
      local.get 1
      i64.extend_i32_u
      i64.const 3
      i64.shl
      call 35
      local.get 0
      local.get 2
      call 35
    end)
  (func (;17;) (type 8) (param i32 i32) (result i32)
    (local i32 i64)
    global.get 0
    i32.const 32
    i32.sub
    local.tee 2
    global.set 0
    local.get 2
    i32.const 8
    i32.add
    i32.const 8
    i32.add
    local.get 1
    i32.const 8
    i32.add
    i32.load
    i32.store
    local.get 2
    local.get 1
    i64.load align=4
    i64.store offset=8
    local.get 2
    i32.const 24
    i32.add
    local.get 0
    local.get 2
    i32.const 8
    i32.add
    i32.const 512
    call 3
    local.get 2
    local.get 2
    i64.load offset=24
    i64.store
    local.get 2
    i32.const 1
    call 5
    local.set 3
    local.get 2
    i32.const 32
    i32.add
    global.set 0
    local.get 3
    i64.const 0
    i64.ne)
  (func (;18;) (type 2) (param i32 i32)
    (local i32 i64)
    global.get 0
    i32.const 80
    i32.sub
    local.tee 2
    global.set 0
    local.get 2
    i32.const 56
    i32.add
    local.get 1
    i32.load offset=4
    i32.const 8
    i32.add
    call 2
    local.get 2
    local.get 1
    i64.load align=4
    local.tee 3
    i64.store offset=72
    block  ;; label = @1
      local.get 3
      i64.const 4294967296
      i64.lt_u
      br_if 0 (;@1;)
      local.get 2
      local.get 2
      i64.load offset=72
      i64.store offset=32
      local.get 2
      i32.const 56
      i32.add
      i32.const 1
      local.get 2
      i32.const 32
      i32.add
      call 15
    end
    local.get 2
    i32.const 16
    i32.add
    i32.const 8
    i32.add
    local.get 2
    i32.const 56
    i32.add
    i32.const 8
    i32.add
    i32.load
    i32.store
    local.get 2
    local.get 2
    i64.load offset=56
    i64.store offset=16
    local.get 2
    i32.const 40
    i32.add
    i32.const 10001
    local.get 2
    i32.const 16
    i32.add
    i32.const 512
    call 3
    local.get 2
    local.get 2
    i64.load offset=40
    i64.store offset=8
    local.get 2
    i32.const 48
    i32.add
    local.get 2
    i32.const 8
    i32.add
    i32.const 1
    call 4
    local.get 2
    local.get 2
    i64.load offset=48
    i64.store
    local.get 0
    local.get 2
    i32.const 1
    call 4
    local.get 2
    i32.const 80
    i32.add
    global.set 0)
  (func (;19;) (type 2) (param i32 i32)
    (local i32 i64)
    i32.const 0
    local.set 2
    i64.const 0
    local.set 3
    block  ;; label = @1
      loop  ;; label = @2
        block  ;; label = @3
          local.get 2
          i32.const 8
          i32.ne
          br_if 0 (;@3;)
          local.get 0
          local.get 3
          i64.store
          local.get 1
          i32.const 8
          i32.add
          local.set 1
          i64.const 0
          local.set 3
          i32.const 0
          local.set 2
          loop  ;; label = @4
            local.get 2
            i32.const 8
            i32.eq
            br_if 3 (;@1;)
            local.get 3
            i64.const 8
            i64.shl
            local.get 1
            local.get 2
            i32.add
            i64.load8_u
            i64.or
            local.set 3
            local.get 2
            i32.const 1
            i32.add
            local.set 2
            br 0 (;@4;)
          end
        end
        local.get 3
        i64.const 8
        i64.shl
        local.get 1
        local.get 2
        i32.add
        i64.load8_u
        i64.or
        local.set 3
        local.get 2
        i32.const 1
        i32.add
        local.set 2
        br 0 (;@2;)
      end
    end
    local.get 0
    local.get 3
    i64.store offset=8)
  (func (;20;) (type 3) (param i32 i32 i32 i32)
    (local i32 i64)
    global.get 0
    i32.const 80
    i32.sub
    local.tee 4
    global.set 0
    local.get 4
    i32.const 56
    i32.add
    local.get 1
    i32.load offset=4
    local.get 3
    i32.load offset=4
    i32.add
    i32.const 32
    i32.add
    call 2
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
      i32.const 1
      local.get 4
      i32.const 40
      i32.add
      call 15
    end
    local.get 4
    i32.const 56
    i32.add
    i32.const 2
    local.get 2
    i64.extend_i32_u
    call 16
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
      i64.store offset=32
      local.get 4
      i32.const 56
      i32.add
      i32.const 3
      local.get 4
      i32.const 32
      i32.add
      call 15
    end
    local.get 4
    i32.const 16
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
    i64.store offset=16
    local.get 4
    i32.const 48
    i32.add
    i32.const 601
    local.get 4
    i32.const 16
    i32.add
    i32.const 512
    call 3
    local.get 4
    local.get 4
    i64.load offset=48
    i64.store offset=8
    local.get 0
    local.get 4
    i32.const 8
    i32.add
    i32.const 1
    call 4
    local.get 4
    i32.const 80
    i32.add
    global.set 0)
  (func (;21;) (type 4) (param i32 i32 i32)
    (local i64 i64 i64 i64 i64 i64 i64 i64 i64)
    local.get 2
    i64.load offset=8
    local.set 3
    local.get 1
    i64.load offset=8
    local.set 4
    block  ;; label = @1
      block  ;; label = @2
        local.get 2
        i64.load
        local.tee 5
        local.get 1
        i64.load
        local.tee 6
        i64.or
        i64.eqz
        br_if 0 (;@2;)
        i32.const 128
        local.set 2
        i64.const 0
        local.set 7
        i64.const 0
        local.set 8
        loop  ;; label = @3
          local.get 2
          i32.eqz
          br_if 2 (;@1;)
          local.get 4
          i64.const 63
          i64.shr_u
          local.set 9
          local.get 6
          i64.const 1
          i64.shl
          local.set 10
          local.get 7
          i64.const 1
          i64.shl
          local.get 6
          i64.const 63
          i64.shr_u
          i64.or
          local.set 11
          local.get 8
          i64.const 1
          i64.shl
          local.get 7
          i64.const 63
          i64.shr_u
          i64.or
          local.set 6
          local.get 4
          i64.const 1
          i64.shl
          local.set 4
          block  ;; label = @4
            block  ;; label = @5
              local.get 8
              i64.const 0
              i64.lt_s
              br_if 0 (;@5;)
              block  ;; label = @6
                local.get 6
                local.get 5
                i64.ge_u
                br_if 0 (;@6;)
                local.get 11
                local.set 7
                local.get 6
                local.set 8
                br 2 (;@4;)
              end
              local.get 6
              local.get 5
              i64.ne
              br_if 0 (;@5;)
              local.get 11
              local.get 3
              i64.ge_u
              br_if 0 (;@5;)
              local.get 11
              local.set 7
              local.get 5
              local.set 8
              br 1 (;@4;)
            end
            local.get 6
            local.get 5
            i64.sub
            local.get 11
            local.get 3
            i64.lt_u
            i64.extend_i32_u
            i64.sub
            local.set 8
            local.get 4
            i64.const 1
            i64.or
            local.set 4
            local.get 11
            local.get 3
            i64.sub
            local.set 7
          end
          local.get 10
          local.get 9
          i64.or
          local.set 6
          local.get 2
          i32.const -1
          i32.add
          local.set 2
          br 0 (;@3;)
        end
      end
      local.get 4
      local.get 3
      i64.div_u
      local.set 4
      i64.const 0
      local.set 6
    end
    local.get 0
    local.get 4
    i64.store offset=8
    local.get 0
    local.get 6
    i64.store)
  (func (;22;) (type 3) (param i32 i32 i32 i32)
    (local i32 i64 i64 i64 i64 i32)
    global.get 0
    i32.const 208
    i32.sub
    local.tee 4
    global.set 0
    local.get 3
    i64.load offset=16
    local.set 5
    local.get 4
    local.get 1
    i64.load align=4
    i64.store offset=104
    local.get 4
    i32.const 104
    i32.add
    call 40
    local.set 6
    local.get 4
    local.get 2
    i64.load align=4
    i64.store offset=96
    local.get 4
    i32.const 192
    i32.add
    local.get 6
    local.get 4
    i32.const 96
    i32.add
    call 40
    local.tee 7
    i64.add
    local.tee 6
    local.get 3
    i64.load
    local.tee 8
    call 41
    local.get 4
    i32.const 176
    i32.add
    i32.const 8
    i32.add
    i64.const 1000000
    i64.store
    local.get 4
    i32.const 64
    i32.add
    i32.const 8
    i32.add
    i64.const 1000000
    i64.store
    local.get 4
    i32.const 80
    i32.add
    i32.const 8
    i32.add
    local.get 4
    i32.const 192
    i32.add
    i32.const 8
    i32.add
    i64.load
    i64.store
    local.get 4
    i64.const 0
    i64.store offset=176
    local.get 4
    i64.const 0
    i64.store offset=64
    local.get 4
    local.get 4
    i64.load offset=192
    local.get 8
    i64.const 0
    local.get 6
    local.get 7
    i64.lt_u
    local.tee 9
    select
    i64.add
    local.tee 7
    i64.store offset=192
    local.get 4
    local.get 7
    i64.store offset=80
    local.get 4
    i32.const 160
    i32.add
    local.get 4
    i32.const 80
    i32.add
    local.get 4
    i32.const 64
    i32.add
    call 21
    local.get 4
    i64.load offset=168
    local.set 7
    local.get 4
    i32.const 144
    i32.add
    local.get 6
    local.get 3
    i64.load offset=8
    local.tee 8
    call 41
    local.get 4
    local.get 4
    i64.load offset=144
    local.get 8
    i64.const 0
    local.get 9
    select
    i64.add
    i64.store offset=144
    local.get 4
    i32.const 128
    i32.add
    i64.const 31536000000
    local.get 5
    i64.div_u
    local.tee 6
    i64.const 1000000
    call 41
    local.get 4
    i32.const 48
    i32.add
    i32.const 8
    i32.add
    local.get 4
    i32.const 144
    i32.add
    i32.const 8
    i32.add
    i64.load
    i64.store
    local.get 4
    i32.const 32
    i32.add
    i32.const 8
    i32.add
    local.get 4
    i32.const 128
    i32.add
    i32.const 8
    i32.add
    i64.load
    i64.store
    local.get 4
    local.get 4
    i64.load offset=144
    i64.store offset=48
    local.get 4
    local.get 4
    i64.load offset=128
    i64.store offset=32
    local.get 4
    i32.const 112
    i32.add
    local.get 4
    i32.const 48
    i32.add
    local.get 4
    i32.const 32
    i32.add
    call 21
    local.get 4
    local.get 2
    i64.load align=4
    i64.store offset=24
    local.get 4
    local.get 0
    i64.load align=4
    i64.store offset=16
    local.get 4
    i32.const 24
    i32.add
    i32.const -2053133115
    local.get 4
    i32.const 16
    i32.add
    local.get 4
    i64.load offset=120
    local.tee 5
    call 34
    local.get 4
    local.get 1
    i64.load align=4
    i64.store offset=8
    local.get 4
    local.get 0
    i64.load align=4
    i64.store
    local.get 4
    i32.const 8
    i32.add
    i32.const -596699205
    local.get 4
    local.get 5
    local.get 7
    local.get 6
    i64.div_u
    i64.add
    call 34
    local.get 4
    i32.const 208
    i32.add
    global.set 0)
  (func (;23;) (type 9) (param i32 i32 i64 i64)
    (local i32 i64)
    global.get 0
    i32.const 80
    i32.sub
    local.tee 4
    global.set 0
    local.get 4
    i32.const 48
    i32.add
    i32.const 8
    i32.add
    i64.const 2048
    i64.store
    local.get 4
    i64.const 0
    i64.store offset=48
    local.get 4
    i32.const 16
    i32.add
    i32.const 8
    i32.add
    local.get 1
    i32.const 8
    i32.add
    i64.load
    i64.store
    local.get 1
    i64.load
    local.set 5
    local.get 4
    i32.const 8
    i32.add
    i64.const 2048
    i64.store
    local.get 4
    local.get 5
    i64.store offset=16
    local.get 4
    i64.const 0
    i64.store
    local.get 2
    local.get 3
    i64.const 10000
    i64.mul
    i64.const 14000
    i64.div_u
    local.tee 3
    i64.div_u
    local.set 5
    local.get 4
    i32.const 64
    i32.add
    local.get 4
    i32.const 16
    i32.add
    local.get 4
    call 21
    block  ;; label = @1
      block  ;; label = @2
        local.get 3
        local.get 2
        i64.le_u
        br_if 0 (;@2;)
        local.get 1
        i64.load
        local.get 4
        i64.load offset=64
        i64.add
        local.get 1
        i64.load offset=8
        local.tee 3
        local.get 4
        i64.load offset=72
        i64.add
        local.tee 2
        local.get 3
        i64.lt_u
        i64.extend_i32_u
        i64.add
        local.set 3
        br 1 (;@1;)
      end
      local.get 4
      i64.load offset=64
      local.set 2
      local.get 4
      i32.const 32
      i32.add
      local.get 4
      i64.load offset=72
      i64.const 99
      local.get 5
      i64.const -1
      i64.add
      local.get 5
      i64.const 100
      i64.gt_u
      select
      local.tee 3
      call 41
      local.get 4
      local.get 4
      i64.load offset=32
      local.get 2
      local.get 3
      i64.mul
      i64.add
      local.tee 2
      i64.store offset=32
      local.get 1
      i64.load
      local.get 2
      i64.sub
      local.get 1
      i64.load offset=8
      local.tee 2
      local.get 4
      i64.load offset=40
      local.tee 5
      i64.lt_u
      i64.extend_i32_u
      i64.sub
      local.set 3
      local.get 2
      local.get 5
      i64.sub
      local.set 2
    end
    local.get 0
    local.get 2
    i64.store offset=8
    local.get 0
    local.get 3
    i64.store
    local.get 4
    i32.const 80
    i32.add
    global.set 0)
  (func (;24;) (type 7) (param i32 i32 i64)
    (local i32 i64 i64 i64 i64)
    global.get 0
    i32.const 160
    i32.sub
    local.tee 3
    global.set 0
    local.get 3
    i32.const 112
    i32.add
    i32.const 50
    call 2
    local.get 3
    i32.const 96
    i32.add
    i32.const 128
    call 2
    local.get 3
    i32.const 112
    i32.add
    i32.const 1
    i64.const 18
    call 16
    local.get 3
    local.get 0
    i64.load align=4
    local.tee 4
    i64.store offset=128
    block  ;; label = @1
      local.get 4
      i64.const 4294967296
      i64.lt_u
      br_if 0 (;@1;)
      local.get 3
      local.get 3
      i64.load offset=128
      i64.store offset=56
      local.get 3
      i32.const 112
      i32.add
      i32.const 2
      local.get 3
      i32.const 56
      i32.add
      call 15
    end
    local.get 1
    i64.load offset=8
    local.set 5
    local.get 1
    i64.load
    local.set 6
    local.get 3
    i32.const 128
    i32.add
    local.set 1
    i64.const 56
    local.set 4
    block  ;; label = @1
      loop  ;; label = @2
        local.get 4
        i64.const 34359738360
        i64.eq
        br_if 1 (;@1;)
        local.get 1
        i32.const 8
        i32.add
        local.get 5
        local.get 4
        i64.const 4294967288
        i64.and
        local.tee 7
        i64.shr_u
        i64.store8
        local.get 1
        local.get 6
        local.get 7
        i64.shr_u
        i64.store8
        local.get 4
        i64.const 4294967288
        i64.add
        local.set 4
        local.get 1
        i32.const 1
        i32.add
        local.set 1
        br 0 (;@2;)
      end
    end
    local.get 3
    i32.const 40
    i32.add
    i32.const 8
    i32.add
    local.get 3
    i32.const 112
    i32.add
    i32.const 8
    i32.add
    i32.load
    i32.store
    local.get 3
    local.get 3
    i64.load offset=112
    i64.store offset=40
    local.get 3
    i32.const 80
    i32.add
    i32.const 501
    local.get 3
    i32.const 40
    i32.add
    i32.const 512
    call 3
    local.get 3
    local.get 3
    i64.load offset=80
    i64.store offset=32
    local.get 3
    i32.const 88
    i32.add
    local.get 3
    i32.const 32
    i32.add
    i32.const 1
    call 4
    local.get 3
    local.get 3
    i64.load offset=88
    local.tee 4
    i64.store offset=152
    block  ;; label = @1
      local.get 4
      i64.const 4294967296
      i64.lt_u
      br_if 0 (;@1;)
      local.get 3
      local.get 3
      i64.load offset=152
      i64.store offset=24
      local.get 3
      i32.const 96
      i32.add
      i32.const 1
      local.get 3
      i32.const 24
      i32.add
      call 15
    end
    local.get 3
    i32.const 16
    i32.store offset=156
    local.get 3
    local.get 3
    i32.const 128
    i32.add
    i32.store offset=152
    local.get 3
    local.get 3
    i64.load offset=152
    i64.store offset=16
    local.get 3
    i32.const 96
    i32.add
    i32.const 2
    local.get 3
    i32.const 16
    i32.add
    call 15
    local.get 3
    i32.const 96
    i32.add
    i32.const 3
    local.get 2
    call 16
    local.get 3
    i64.const 0
    i64.store offset=72
    local.get 3
    i64.const 0
    i64.store offset=8
    local.get 3
    local.get 3
    i64.load offset=96
    local.tee 4
    i64.store offset=64
    local.get 3
    local.get 4
    i64.store
    i32.const 1
    local.get 3
    i32.const 8
    i32.add
    local.get 3
    call 31
    local.get 3
    i32.const 160
    i32.add
    global.set 0)
  (func (;25;) (type 1)
    (local i32 i64)
    global.get 0
    i32.const 32
    i32.sub
    local.tee 0
    global.set 0
    local.get 0
    i32.const 8
    i32.add
    i32.const 16
    call 2
    local.get 0
    i32.const 8
    i32.add
    i32.const 1
    i64.const 1
    call 16
    local.get 0
    local.get 0
    i64.load offset=8
    local.tee 1
    i64.store
    local.get 0
    local.get 1
    i64.store offset=24
    i32.const 0
    i32.const 1
    local.get 0
    call 27
    unreachable)
  (func (;26;) (type 4) (param i32 i32 i32)
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
      call 15
    end
    local.get 3
    i32.const 16
    i32.add
    global.set 0)
  (func (;27;) (type 4) (param i32 i32 i32)
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
    i32.load offset=9028
    i32.store
    local.get 3
    i32.const 0
    i64.load offset=9020 align=4
    i64.store offset=48
    local.get 3
    i32.const 32
    i32.add
    i32.const 8
    i32.add
    i32.const 0
    i32.load offset=9040
    i32.store
    local.get 3
    i32.const 0
    i64.load offset=9032 align=4
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
    call 15
    local.get 3
    i32.const 48
    i32.add
    i32.const 1
    local.get 0
    i64.extend_i32_s
    call 16
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
    call 15
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
  (func (;28;) (type 10) (param i32 i32 i32) (result i32)
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
  (func (;29;) (type 2) (param i32 i32)
    (local i32)
    global.get 0
    i32.const 32
    i32.sub
    local.tee 2
    global.set 0
    local.get 2
    local.get 1
    i64.load align=4
    i64.store offset=24
    local.get 0
    local.get 2
    i32.const 24
    i32.add
    i32.const 1
    call 5
    i64.const 4294967295
    i64.and
    i64.store
    local.get 2
    local.get 1
    i64.load align=4
    i64.store offset=16
    local.get 0
    local.get 2
    i32.const 16
    i32.add
    i32.const 2
    call 5
    i64.const 4294967295
    i64.and
    i64.store offset=8
    local.get 2
    local.get 1
    i64.load align=4
    i64.store offset=8
    local.get 0
    local.get 2
    i32.const 8
    i32.add
    i32.const 3
    call 5
    i64.const 4294967295
    i64.and
    i64.store offset=16
    local.get 2
    local.get 1
    i64.load align=4
    i64.store
    local.get 0
    local.get 2
    i32.const 4
    call 5
    i64.const 4294967295
    i64.and
    i64.store offset=24
    local.get 0
    local.get 1
    i64.load align=4
    i64.store offset=32
    local.get 2
    i32.const 32
    i32.add
    global.set 0)
  (func (;30;) (type 8) (param i32 i32) (result i32)
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
      call 37
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
                call 38
                br 4 (;@2;)
              end
              local.get 2
              i32.const 8
              i32.add
              local.get 0
              local.get 0
              call 37
              call 38
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
            call 38
            br 2 (;@2;)
          end
          call 39
          unreachable
        end
        local.get 1
        local.get 0
        call 37
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
  (func (;31;) (type 4) (param i32 i32 i32)
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
      call 15
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
  (func (;32;) (type 3) (param i32 i32 i32 i32)
    (local i32 i32 i64)
    global.get 0
    i32.const 112
    i32.sub
    local.tee 4
    global.set 0
    local.get 4
    i32.const 64
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
    i32.const 64
    i32.add
    i32.const 1
    i64.const 1
    call 16
    block  ;; label = @1
      i32.const 0
      i32.load offset=124368
      local.tee 3
      br_if 0 (;@1;)
      i32.const 0
      i64.const 2199023255552
      i64.store offset=124372 align=4
      i32.const 0
      i32.const 123856
      i32.store offset=124368
      local.get 4
      i32.const 80
      i32.add
      i32.const 0
      call 2
      local.get 4
      i32.const 40
      i32.add
      i32.const 8
      i32.add
      local.get 4
      i32.const 80
      i32.add
      i32.const 8
      i32.add
      i32.load
      i32.store
      local.get 4
      local.get 4
      i64.load offset=80
      i64.store offset=40
      local.get 4
      i32.const 96
      i32.add
      i32.const 604
      local.get 4
      i32.const 40
      i32.add
      i32.const 512
      call 3
      local.get 4
      local.get 4
      i64.load offset=96
      i64.store offset=32
      local.get 4
      i32.const 104
      i32.add
      local.get 4
      i32.const 32
      i32.add
      i32.const 1
      call 4
      local.get 4
      local.get 4
      i64.load offset=104
      i64.store offset=24
      i32.const 124368
      local.get 4
      i32.const 24
      i32.add
      call 36
      i32.const 0
      i32.load offset=124368
      local.set 3
    end
    local.get 4
    i32.const 0
    i32.load offset=124372
    local.tee 5
    i32.store offset=84
    local.get 4
    local.get 3
    i32.store offset=80
    block  ;; label = @1
      local.get 5
      i32.eqz
      br_if 0 (;@1;)
      local.get 4
      local.get 4
      i64.load offset=80
      i64.store offset=16
      local.get 4
      i32.const 64
      i32.add
      i32.const 2
      local.get 4
      i32.const 16
      i32.add
      call 15
    end
    local.get 4
    i32.const 64
    i32.add
    i32.const 3
    local.get 1
    i64.extend_i32_u
    call 16
    local.get 4
    local.get 4
    i64.load offset=64
    local.tee 6
    i64.store offset=56
    local.get 4
    local.get 6
    i64.store offset=8
    local.get 0
    i32.const 1
    local.get 4
    i32.const 8
    i32.add
    call 15
    local.get 4
    local.get 2
    i64.load align=4
    local.tee 6
    i64.store offset=80
    block  ;; label = @1
      local.get 6
      i64.const 4294967296
      i64.lt_u
      br_if 0 (;@1;)
      local.get 4
      local.get 4
      i64.load offset=80
      i64.store
      local.get 0
      i32.const 2
      local.get 4
      call 15
    end
    local.get 4
    i32.const 112
    i32.add
    global.set 0)
  (func (;33;) (type 3) (param i32 i32 i32 i32)
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
      call 15
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
      call 15
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
      call 15
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
      call 15
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
  (func (;34;) (type 11) (param i32 i32 i32 i64)
    (local i32 i64)
    global.get 0
    i32.const 64
    i32.sub
    local.tee 4
    global.set 0
    local.get 4
    i32.const 40
    i32.add
    local.get 2
    i32.load offset=4
    i32.const 16
    i32.add
    call 2
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
      i64.store offset=24
      local.get 4
      i32.const 40
      i32.add
      i32.const 1
      local.get 4
      i32.const 24
      i32.add
      call 15
    end
    local.get 4
    i32.const 40
    i32.add
    i32.const 2
    local.get 3
    call 16
    local.get 4
    local.get 4
    i64.load offset=40
    local.tee 3
    i64.store offset=32
    local.get 4
    local.get 0
    i64.load align=4
    i64.store offset=16
    local.get 4
    local.get 3
    i64.store offset=8
    local.get 4
    i32.const 56
    i32.add
    local.get 4
    i32.const 16
    i32.add
    local.get 1
    local.get 4
    i32.const 8
    i32.add
    call 20
    local.get 4
    i32.const 64
    i32.add
    global.set 0)
  (func (;35;) (type 12) (param i32 i64)
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
    call 36
    local.get 2
    i32.const 32
    i32.add
    global.set 0)
  (func (;36;) (type 2) (param i32 i32)
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
      i32.const 8889
      i32.store offset=8
      local.get 2
      local.get 2
      i64.load offset=8
      i64.store
      i32.const 1
      local.get 2
      call 14
      unreachable
    end
    local.get 2
    i32.const 16
    i32.add
    global.set 0)
  (func (;37;) (type 13) (param i32) (result i64)
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
    call 39
    unreachable)
  (func (;38;) (type 7) (param i32 i32 i64)
    (local i32 i32 i32)
    block  ;; label = @1
      local.get 1
      i32.load offset=4
      local.tee 3
      i64.extend_i32_u
      local.get 2
      i64.ge_u
      br_if 0 (;@1;)
      call 39
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
  (func (;39;) (type 1)
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
    i32.const 8940
    i32.store offset=8
    local.get 0
    local.get 0
    i64.load offset=8
    i64.store
    i32.const 1
    local.get 0
    call 14
    unreachable)
  (func (;40;) (type 13) (param i32) (result i64)
    (local i32 i64)
    global.get 0
    i32.const 48
    i32.sub
    local.tee 1
    global.set 0
    local.get 1
    i64.const 0
    i64.store offset=32
    local.get 1
    local.get 0
    i64.load align=4
    i64.store offset=24
    local.get 1
    i64.const 0
    i64.store offset=16
    local.get 1
    i32.const 40
    i32.add
    local.get 1
    i32.const 24
    i32.add
    i32.const -1327875788
    local.get 1
    i32.const 16
    i32.add
    call 20
    local.get 1
    local.get 1
    i64.load offset=40
    i64.store offset=8
    local.get 1
    i32.const 8
    i32.add
    i32.const 1
    call 5
    local.set 2
    local.get 1
    i32.const 48
    i32.add
    global.set 0
    local.get 2)
  (func (;41;) (type 14) (param i32 i64 i64)
    (local i64 i64 i64)
    local.get 0
    local.get 2
    i64.const 4294967295
    i64.and
    local.tee 3
    local.get 1
    i64.const 4294967295
    i64.and
    local.tee 4
    i64.mul
    local.tee 5
    i64.const 32
    i64.shr_u
    local.get 3
    local.get 1
    i64.const 32
    i64.shr_u
    local.tee 1
    i64.mul
    i64.add
    local.tee 3
    i64.const 4294967295
    i64.and
    local.get 2
    i64.const 32
    i64.shr_u
    local.tee 2
    local.get 4
    i64.mul
    i64.add
    local.tee 4
    i64.const 32
    i64.shl
    local.get 5
    i64.const 4294967295
    i64.and
    i64.or
    i64.store offset=8
    local.get 0
    local.get 3
    i64.const 32
    i64.shr_u
    local.get 2
    local.get 1
    i64.mul
    i64.add
    local.get 4
    i64.const 32
    i64.shr_u
    i64.add
    i64.store)
  (memory (;0;) 2)
  (global (;0;) (mut i32) (i32.const 8192))
  (export "memory" (memory 0))
  (export "_start" (func 1))
  (data (;0;) (i32.const 8192) "out of memory\00the public key is registered too recently\00the block is not signed with the registered key\00the producer has no registered public key\00the quantum has to be positive, and the block interval 10 ms at least\00unknown entry point\00koinos.contracts.pob.register_public_key_event\00the random number misses the target\00only the system has blocks to process\00there are no parameters\00only the system may change parameters\00a public key has 33 bytes\00a registration needs a producer\00the proof does not prove the random number\00vhp\00the difficulty is zero\00the producer has not authorized the registration\00koin\00the block's time is not a multiple of the quantum\00the random number is not a sha2-256 multihash\00a message is too large\00the difficulty is malformed\00a message is malformed\00there is no metadata\00the producer has no effective VHP\00\00\00p#\00\00\00\00\00\00@ \00\00\b0C\00\00\00\00\00\00\10 \00\00\00\00\00\00\e0\e5\01\00\00\00\00\00\00\02\00\00"))
